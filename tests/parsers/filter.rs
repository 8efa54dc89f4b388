//! `filter=`: no input upsets the parser, and the canonical form says the same.

use masthead::articles::drafts::list::EditorialArticleField;
use masthead::articles::live::ArticleField;
use masthead::query::filter::{MAX_LEN, parse};

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let editorial = parse::<EditorialArticleField>(text);
    match &editorial {
        Ok(filter) => {
            let canonical = filter.to_string();
            if canonical.len() <= MAX_LEN {
                let again = parse::<EditorialArticleField>(&canonical);
                assert_eq!(again.as_ref(), Ok(filter), "{canonical}");
                assert_eq!(filter.to_string(), again.unwrap().to_string());
            }
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.offset), "{error}");
            let before = text[..error.offset].chars().count();
            assert_eq!(error.column, before + 1, "{error}");
            assert!(error.code.starts_with("filter_") && !error.detail.is_empty());
            assert!(!error.detail.contains(char::is_control), "{error:?}");
        }
    }
    // What the public may ask is what editors may ask, of fewer fields.
    if let Ok(filter) = parse::<ArticleField>(text) {
        let editorial = editorial.expect("editors may ask what the public may");
        assert_eq!(filter.to_string(), editorial.to_string());
    }
}
