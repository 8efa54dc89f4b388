//! Keys as a table for a terminal.

use crate::db::{Json, Time};
use crate::keys::store::KeyRow;

const HEAD: [&str; 8] = [
    "NAME",
    "MAY",
    "LIMITED TO",
    "ID",
    "CREATED",
    "EXPIRES",
    "LAST USED",
    "REVOKED",
];

/// A line for each key.
pub fn of(keys: &[KeyRow]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(keys.iter().map(cells));
    let mut widths = [0; HEAD.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; HEAD.len()]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn cells(key: &KeyRow) -> [String; HEAD.len()] {
    let time = |at: Option<Time>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let may = match (key.role, &key.permissions) {
        (Some(role), _) => role.name().to_owned(),
        (None, Some(list)) => {
            let names: Vec<&str> = list.0.iter().map(|one| one.name()).collect();
            names.join(",")
        }
        (None, None) => "-".to_owned(),
    };
    let list = |name: &str, list: &Option<Json<Vec<String>>>| {
        list.as_ref()
            .map(|list| format!("{name} {}", list.0.join(",")))
    };
    let bounds = [
        list("sections", &key.sections),
        list("locales", &key.locales),
    ];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    [
        key.name.clone(),
        may,
        if bounds.is_empty() {
            "-".to_owned()
        } else {
            bounds.join("; ")
        },
        key.id.clone(),
        key.created_at.to_string(),
        time(key.expires_at),
        time(key.last_used_at),
        time(key.revoked_at),
    ]
}
