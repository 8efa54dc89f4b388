//! The headers of requests that follow from the method and the path.

use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};

use super::text;

pub(super) fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(
            "ETag of the version that the change is based on, or `*`.",
        ))
        .schema(Some(text().examples(["\"7\"", "*"])))
        .build()
}

pub(super) fn prefer() -> Parameter {
    ParameterBuilder::new()
        .name("Prefer")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "`merge` merges the change with later ones, as long as they touch different members.",
        ))
        .schema(Some(text().examples(["merge"])))
        .build()
}

pub(super) fn if_none_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "ETag of the caller's copy; the response is 304 if it is still current.",
        ))
        .schema(Some(text()))
        .build()
}

pub(super) fn idempotency_key() -> Parameter {
    let key = text().min_length(Some(1));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A random identifier, unique to this request: 1 to 255 visible ASCII characters, with \
             or without double quotes. A request repeated with the same key within 24 hours is not \
             carried out again; it returns the first response.",
        ))
        .schema(Some(key.examples(["8e03978e-40d5-43dd-bc93-6894a57f9324"])))
        .build()
}
