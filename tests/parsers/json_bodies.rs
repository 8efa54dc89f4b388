//! Every body of the API: any JSON is read or refused, and each refusal names a place that is
//! there, or would be if something had not been left out.

use std::fmt::Debug;

use masthead::articles::article::ArticleInput;
use masthead::articles::batch::operation::BatchInput;
use masthead::authors::author::AuthorInput;
use masthead::keys::key::KeyInput;
use masthead::resources::reassign::MergeInput;
use masthead::tags::tag::TagInput;
use masthead::users::user::{NewUserInput, UserInput};
use masthead::values;
use serde::Serialize;
use serde_json::Value;

/// The value that holds the place, or would: everything but the last part of the pointer.
fn holder<'a>(json: &'a Value, pointer: &str) -> Option<&'a Value> {
    match pointer.rsplit_once('/') {
        None => Some(json),
        Some((parents, _)) => json.pointer(parents),
    }
}

fn refused<T>(json: &Value, read: Result<T, masthead::error::FieldErrors>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(errors) => {
            assert!(!errors.0.is_empty());
            for error in &errors.0 {
                assert!(holder(json, error.place()).is_some(), "{error:?} in {json}");
                assert!(!error.detail().is_empty());
            }
            None
        }
    }
}

/// What is read is stored as JSON, and read again it is the same.
fn check_stored<T>(json: &Value)
where
    T: deserr::Deserr<masthead::error::FieldErrors> + Serialize + PartialEq + Debug,
{
    if let Some(value) = refused(json, values::read::<T>(json.clone())) {
        let stored = serde_json::to_value(&value).expect("it came from JSON");
        let again = values::read::<T>(stored).map_err(|errors| format!("{errors:?}"));
        assert_eq!(again, Ok(value), "{json}");
    }
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(json) = serde_json::from_str::<Value>(text) else {
        return;
    };
    check_stored::<ArticleInput>(&json);
    check_stored::<AuthorInput>(&json);
    check_stored::<TagInput>(&json);
    refused(&json, values::read::<BatchInput>(json.clone()));
    refused(&json, values::read::<KeyInput>(json.clone()));
    refused(&json, values::read::<MergeInput>(json.clone()));
    refused(&json, values::read::<NewUserInput>(json.clone()));
    refused(&json, values::read::<UserInput>(json.clone()));
}
