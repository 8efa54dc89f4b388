//! Markdown files with front matter, as `masthead import markdown` reads them.

use masthead::articles::article::ArticleInput;
use masthead::import::front_matter::parse;
use masthead::import::markdown::Options;
use masthead::import::markdown::page::{Broken, Reading, read};
use masthead::text::slug::is_slug;
use masthead::values::{self, Locale};
use serde_json::Value;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let lines = 1 + bytes.iter().filter(|&&byte| byte == b'\n').count();
    if let Ok(text) = std::str::from_utf8(bytes) {
        match parse(text) {
            Ok(document) => {
                assert!(text.ends_with(&document.body), "byte for byte");
                let head = &text[..text.len() - document.body.len()];
                let body_line = 1 + head.matches('\n').count();
                assert!(document.body.is_empty() || document.body_line == body_line);
            }
            Err(error) => {
                assert!(
                    (1..=lines).contains(&error.line),
                    "{error} of {lines} lines"
                );
                assert!(!error.message.is_empty());
            }
        }
    }
    let options = Options {
        publish: true,
        dry_run: false,
        locale: Locale::parse("en").expect("a language"),
    };
    match read(bytes, "news/2026-11-23-harbour.md", &options) {
        Ok(Reading::Page(page)) => {
            let input = values::read::<ArticleInput>(Value::Object(page.fields.clone()));
            let input = input.expect("what is read is an article");
            assert!(input.contradictions().is_empty());
            assert!(page.slug.as_deref().is_none_or(is_slug), "{:?}", page.slug);
        }
        Ok(Reading::Skip(why)) => assert!(!why.is_empty()),
        Err(Broken(line, message)) => {
            assert!(
                (1..=lines).contains(&line),
                "{line}: {message} of {lines} lines"
            );
            assert!(!message.is_empty());
        }
    }
}
