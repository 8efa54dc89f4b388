//! stub
pub mod author {
    #[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
    pub struct Author {
        pub id: String,
        pub slug: String,
    }
}
pub mod store {
    use super::author::Author;
    use crate::db::schema::editorial::authors;
    use crate::db::*;
    use crate::error::*;
    pub use crate::tags::store::Found;
    use crate::values::Reference;
    #[derive(Debug, Clone, diesel::prelude::Queryable, diesel::prelude::Selectable)]
    #[diesel(table_name = authors, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
    pub struct AuthorRow {
        pub id: String,
        pub slug: String,
    }
    impl AuthorRow {
        pub fn card(&self) -> Author {
            Author {
                id: self.id.clone(),
                slug: self.slug.clone(),
            }
        }
    }
    pub async fn get(_: &mut Conn, _: &Reference) -> Result<Option<AuthorRow>> {
        Ok(None)
    }
    pub async fn find(_: &mut Conn, _: &Reference) -> Result<Found<AuthorRow>> {
        Err(Error::not_found("x"))
    }
}
pub mod live {
    use crate::db::*;
    use crate::error::*;
    pub use crate::tags::store::Found;
    use crate::values::Reference;
    pub struct LiveAuthorRow {
        pub id: String,
    }
    pub async fn find(_: &mut LiveConn, _: &Reference) -> Result<Found<LiveAuthorRow>> {
        Err(Error::not_found("x"))
    }
    pub async fn id_of(_: &mut LiveConn, _: &Reference) -> Result<Option<String>> {
        Ok(None)
    }
}
