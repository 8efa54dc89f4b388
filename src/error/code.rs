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

            /// Its meaning, and what to do about it.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $( Code::$code => $meaning, )* }
            }
        }
    };
}

codes! {
    MalformedRequest "malformed_request" BAD_REQUEST "Malformed request"
        "The request cannot be parsed: the path, a header or the encoding of the body is invalid.";
    MalformedJson "malformed_json" BAD_REQUEST "Malformed JSON"
        "The body is not JSON; the detail names the line and column.";
    InvalidParameter "invalid_parameter" BAD_REQUEST "Invalid parameter"
        "A query parameter is unknown or its value is not allowed; `errors` lists each one.";
    InvalidCursor "invalid_cursor" BAD_REQUEST "Invalid cursor"
        "The cursor was altered, or belongs to another query: start again without it.";
    Unauthorized "unauthorized" UNAUTHORIZED "Not authenticated"
        "The request needs a valid API key or access token in `Authorization: Bearer …`.";
    InvalidCredentials "invalid_credentials" UNAUTHORIZED "Invalid credentials"
        "The credentials are invalid: an e-mail address with a password, a refresh token, or a \
         single sign-on.";
    Forbidden "forbidden" FORBIDDEN "Not allowed"
        "The caller is authenticated, but their role or permissions do not allow this.";
    NotFound "not_found" NOT_FOUND "Not found"
        "The resource does not exist, or the caller may not see it.";
    PreviewUnknown "preview_unknown" FORBIDDEN "Unknown preview token"
        "The token is not a preview token of this service.";
    PreviewExpired "preview_expired" FORBIDDEN "Preview token expired"
        "The preview token has expired: ask for a new one.";
    PreviewRevoked "preview_revoked" FORBIDDEN "Preview token revoked"
        "The preview token was revoked, or its creator may no longer change the article.";
    PreviewOfAnother "preview_of_another" FORBIDDEN "Preview token of another article"
        "The preview token belongs to an article other than the one in the path.";
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed"
        "The path exists but does not support this method; the header `Allow` lists the supported \
         ones.";
    NotAcceptable "not_acceptable" NOT_ACCEPTABLE "Not acceptable"
        "The header `Accept` excludes `application/json`, the only format available.";
    Conflict "conflict" CONFLICT "Conflict"
        "The current state does not allow this; the detail gives the reason.";
    WrongState "wrong_state" CONFLICT "Wrong state"
        "The article's state does not allow this action; `state` is the current state, `possible` \
         the allowed actions.";
    SlugTaken "slug_taken" CONFLICT "Slug taken"
        "The slug is already in use; `suggestion` is an available one.";
    InUse "in_use" CONFLICT "In use"
        "The resource is still referred to; `used_by` counts the references.";
    Locked "locked" CONFLICT "Locked"
        "Another user is editing the article; `lock` names the holder and the expiry.";
    Purged "purged" GONE "Permanently deleted"
        "The article was permanently deleted and cannot be restored.";
    GivenUp "given_up" FAILED_DEPENDENCY "Batch aborted"
        "Another operation of the same atomic batch was rejected, so none was carried out.";
    IdempotencyRunning "idempotency_running" CONFLICT "Request in progress"
        "A request with this `Idempotency-Key` is still in progress; try again after `Retry-After` \
         seconds.";
    IdempotencyAnswerLost "idempotency_answer_lost" CONFLICT "Response lost"
        "The request with this `Idempotency-Key` was carried out, but its response was lost: read \
         the resource to see the result. The request is not carried out again.";
    StaleVersion "stale_version" PRECONDITION_FAILED "Stale version"
        "The resource has changed since the version in `If-Match`: read it again; \
         `current_version` is its current version. For an article, `changes` lists the changes \
         since with their authors, `changed_fields` the members that differ and, with `Prefer: \
         merge`, `conflicts` the members changed on both sides.";
    PayloadTooLarge "payload_too_large" PAYLOAD_TOO_LARGE "Body too large"
        "The body exceeds the size limit given in the detail.";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "Unsupported media type"
        "The operation does not accept the body's `Content-Type`.";
    InvalidFields "invalid_fields" UNPROCESSABLE_ENTITY "Invalid fields"
        "Fields of the body are invalid; `errors` lists each one. Nothing was saved.";
    NotPublishable "not_publishable" UNPROCESSABLE_ENTITY "Not publishable"
        "The article does not meet the requirements for publication; `errors` lists each one. `GET \
         …/publishable` checks them in advance.";
    IdempotencyKeyReused "idempotency_key_reused" UNPROCESSABLE_ENTITY "Idempotency key reused"
        "The `Idempotency-Key` belongs to a request with another path, query, condition or body. \
         Use a new key for each request.";
    PreconditionRequired "precondition_required" PRECONDITION_REQUIRED "Precondition required"
        "A change requires `If-Match` with the version it is based on, so that no edit is lost.";
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many requests"
        "The rate limit was exceeded; try again after `Retry-After` seconds.";
    Internal "internal" INTERNAL_SERVER_ERROR "Internal error"
        "An unexpected error occurred on the server; its log has the details under the request id.";
    Overloaded "overloaded" SERVICE_UNAVAILABLE "Overloaded"
        "The server is overloaded and did not process the request. Try again after `Retry-After` \
         seconds.";
    Unavailable "unavailable" SERVICE_UNAVAILABLE "Unavailable"
        "The database or the single sign-on provider is unavailable, or there are too many \
         simultaneous requests of the same kind; try again after `Retry-After` seconds.";
    InsufficientStorage "insufficient_storage" INSUFFICIENT_STORAGE "Out of space"
        "The database is out of space: nothing was saved, and reads still work. The operator has \
         to free space.";
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
