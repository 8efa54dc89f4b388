//! Storing some rows of a table, as few as one as a rule.

/// How many rows are stored one by one.
///
/// The text of a statement with several rows depends on their number, so it is parsed anew each time;
/// that of one row is found prepared.
pub(crate) const FEW: usize = 2;

/// Stores the rows, if there are any: a few one by one, more in one statement.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {
        let rows = $rows;
        if rows.len() > $crate::db::FEW {
            $conn
                .execute(diesel::insert_into($table).values(rows))
                .await?;
        } else {
            for row in rows {
                $conn
                    .execute(diesel::insert_into($table).values(row))
                    .await?;
            }
        }
    };
}
pub(crate) use insert_rows;
