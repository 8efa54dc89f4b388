//! Every kind of problem: its name, status and meaning, in one table.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($( $code:ident $name:literal $status:ident $title:literal $meaning:literal; )*) => {
        /// A kind of problem. Names and statuses are part of the API and do not change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $( #[doc = $meaning] $code, )* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$( Code::$code, )*];

            /// The name by which programs know it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $( Code::$code => $name, )* }
            }

            /// The HTTP status of the answer.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $( Code::$code => StatusCode::$status, )* }
            }

            /// The problem in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $( Code::$code => $title, )* }
            }

            /// What it means and what to do about it.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $( Code::$code => $meaning, )* }
            }
        }
    };
}

codes! {
    MalformedRequest "malformed_request" BAD_REQUEST "Malformed request"
        "The request cannot be read: the path, a header or the body's encoding is broken.";
    MalformedJson "malformed_json" BAD_REQUEST "Malformed JSON"
        "The body is not JSON; the detail names the line and column.";
    InvalidParameter "invalid_parameter" BAD_REQUEST "Invalid parameter"
        "A query parameter is unknown or its value is not allowed; `errors` names each.";
    InvalidCursor "invalid_cursor" BAD_REQUEST "Invalid cursor"
        "The cursor was changed, or belongs to another query: start again without it.";
    Unauthorized "unauthorized" UNAUTHORIZED "Not authenticated"
        "The request needs an API key or access token in `Authorization: Bearer …`, or the one given is not valid.";
    InvalidCredentials "invalid_credentials" UNAUTHORIZED "Not signed in"
        "What was sent to sign in, or to go on, is not good: an e-mail address with a password, a refresh token, or a single sign-on.";
    Forbidden "forbidden" FORBIDDEN "Not allowed"
        "The caller is known, but their role or permissions do not allow this.";
    NotFound "not_found" NOT_FOUND "Not found"
        "Nothing is there, or nothing that the caller may see.";
    PreviewUnknown "preview_unknown" FORBIDDEN "Not a preview token"
        "The token is not a preview token of this service.";
    PreviewExpired "preview_expired" FORBIDDEN "Preview token ended"
        "The preview token ended: ask for another.";
    PreviewRevoked "preview_revoked" FORBIDDEN "Preview token revoked"
        "The preview token was revoked, or whoever made it may not show the article any more.";
    PreviewOfAnother "preview_of_another" FORBIDDEN "Preview token of another article"
        "The preview token is for another article than the one of the path.";
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed"
        "The path exists, but not for this method; the header `Allow` lists those it takes.";
    NotAcceptable "not_acceptable" NOT_ACCEPTABLE "Not acceptable"
        "The header `Accept` leaves out `application/json`, which is all there is.";
    Conflict "conflict" CONFLICT "Conflict"
        "The state of things does not allow this; the detail says why.";
    WrongState "wrong_state" CONFLICT "Wrong state"
        "The article's state does not take this; `state` says which it is, `possible` what it takes.";
    SlugTaken "slug_taken" CONFLICT "Slug taken"
        "Another one has this slug; `suggestion` is one that is free.";
    InUse "in_use" CONFLICT "In use"
        "Something depends on it; `used_by` counts what.";
    Locked "locked" CONFLICT "Being edited"
        "Somebody else is editing it; `lock` says who, and until when they hold it.";
    Purged "purged" GONE "Deleted for good"
        "It was deleted for good and cannot be brought back.";
    GivenUp "given_up" FAILED_DEPENDENCY "Given up"
        "Another operation of the same atomic batch was refused, so nothing of it was done.";
    IdempotencyRunning "idempotency_running" CONFLICT "Still running"
        "A request with this `Idempotency-Key` is being carried out; try again after `Retry-After` seconds.";
    IdempotencyAnswerLost "idempotency_answer_lost" CONFLICT "Answer lost"
        "The request with this `Idempotency-Key` was carried out, but its answer is lost: read what it made or changed. It is not carried out again.";
    StaleVersion "stale_version" PRECONDITION_FAILED "Changed meanwhile"
        "It changed since the version in `If-Match`: read it again; `current_version` is the version now. Of an article, `changes` says who did what since, `changed_fields` what is different, and, with `Prefer: merge`, `conflicts` what both changed.";
    PayloadTooLarge "payload_too_large" PAYLOAD_TOO_LARGE "Body too large"
        "The body is over the limit, which the detail names.";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "Unsupported media type"
        "The body's `Content-Type` is not one that this takes.";
    InvalidFields "invalid_fields" UNPROCESSABLE_ENTITY "Invalid fields"
        "Fields of the body are not as they must be; `errors` names each. Nothing was written.";
    NotPublishable "not_publishable" UNPROCESSABLE_ENTITY "Not publishable"
        "The article lacks what publishing needs; `errors` names each. `GET …/publishable` tells beforehand.";
    IdempotencyKeyReused "idempotency_key_reused" UNPROCESSABLE_ENTITY "Idempotency key reused"
        "The `Idempotency-Key` belongs to another request: another path, query, condition or body. Take a new key for each request.";
    PreconditionRequired "precondition_required" PRECONDITION_REQUIRED "Precondition required"
        "A change needs `If-Match` with the version it is based on, so that no edit is lost.";
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many requests"
        "There were more requests of this kind than may be; try again after `Retry-After` seconds.";
    Internal "internal" INTERNAL_SERVER_ERROR "Internal error"
        "Something went wrong on the server; the log has the details under the request id.";
    Overloaded "overloaded" SERVICE_UNAVAILABLE "Overloaded"
        "More is asked of the server than it can do; nothing was done. Try again after `Retry-After` seconds.";
    Unavailable "unavailable" SERVICE_UNAVAILABLE "Unavailable"
        "The database, or the provider of single sign-on, cannot be reached, or too many ask for the same work at once; try again after `Retry-After` seconds.";
    InsufficientStorage "insufficient_storage" INSUFFICIENT_STORAGE "Out of space"
        "The database has no room for more: nothing was written, and reads go on. Whoever runs the service has to make room.";
}

impl Code {
    /// The stable address of the code, relative to the server.
    #[must_use]
    pub fn type_uri(self) -> String {
        format!("/problems/{}", self.name())
    }

    /// After how many seconds another try may succeed, where that is known for all of the kind.
    #[must_use]
    pub fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::IdempotencyRunning => Some("1"),
            Self::Unavailable => Some("5"),
            _ => None,
        }
    }

    /// The code of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}
