//! The program `masthead`.
fn main() {
    print!(
        "{}",
        masthead::openapi::text_of_document().unwrap_or_default()
    );
}
