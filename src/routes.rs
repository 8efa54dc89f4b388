//! The whole URL table. It yields both the routes that are served and the API document, so that
//! neither can have what the other lacks.

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, HttpRequest, Resource, Responder, web};
use utoipa::openapi::OpenApi;

use crate::http::middleware::accept;
use crate::http::middleware::methods::{allow, other_method};
use crate::openapi::{self, Document};
use crate::registry::RESOURCES;
use crate::telemetry::http_metrics::Route;
use crate::{articles, authors, keys, sessions, site, tags, users};

// Adds an operation to the document: utoipa describes the handler `a::b` by the type `a::__path_b`.
macro_rules! describe {
    ($document:ident, $method:expr, $path:literal, [$( $module:ident )*] $handler:ident) => {
        pastey::paste! {
            $document.add::<$( $module:: )* [<__path_ $handler>]>(&$method, $path);
        }
    };
    ($document:ident, $method:expr, $path:literal, [$( $module:ident )*] $next:ident :: $( $rest:ident )::+) => {
        describe!($document, $method, $path, [$( $module )* $next] $( $rest )::+)
    };
}

macro_rules! routes {
    ($( $path:literal { $( $method:ident $( $handler:ident )::+, )+ } )+) => {
        /// Every route: its method and path.
        pub const TABLE: &[(&str, &str)] = &[$( $( (stringify!($method), $path), )+ )+];

        /// The templates of every path, in the order in which their [`Route`]s are counted.
        const PATHS: &[&str] = &[$( $path, )+];

        /// Mounts every route.
        pub fn mount(config: &mut web::ServiceConfig) {
            let mut places = 0..;
            $(
                let resource = numbered($path, &mut places);
                $( let resource = serve(resource, Method::$method, $( $handler )::+); )+
                let resource = finish(resource, &[$( Method::$method, )+]);
                // Here and not on the whole: the documentation for people is HTML.
                config.service(resource.wrap(from_fn(accept::json)));
            )+
        }

        /// The API document: every route of the table that is part of the API.
        #[must_use]
        pub fn document() -> OpenApi {
            let mut document = Document::new(RESOURCES);
            $( $( describe!(document, Method::$method, $path, [] $( $handler )::+); )+ )+
            document.finish()
        }
    };
}

routes! {
    "/" { GET site::api::root, }
    "/openapi.json" { GET site::api::openapi, }
    "/problems/{code}" { GET site::api::problem, }
    "/health/live" { GET site::health::live, }
    "/health/ready" { GET site::health::ready, }
    "/.well-known/jwks.json" { GET site::jwks::keys, }
    "/v1/articles" { GET articles::list::list, POST articles::api::create, }
    "/v1/articles/batch" { POST articles::batch::api::run, }
    "/v1/articles/{article}" { GET articles::api::get, PATCH articles::edit::patch, PUT articles::edit::put, DELETE articles::api::delete, }
    "/v1/articles/{article}/archive" { POST articles::workflow::api::archive, }
    "/v1/articles/{article}/corrections" { POST articles::workflow::corrections_api::add, }
    "/v1/articles/{article}/discard" { POST articles::workflow::api::discard, }
    "/v1/articles/{article}/lock" { GET articles::locks::api::get, PUT articles::locks::api::put, DELETE articles::locks::api::delete, }
    "/v1/articles/{article}/preview-tokens" { GET articles::previews::api::list, POST articles::previews::api::create, }
    "/v1/articles/{article}/preview-tokens/{token}" { DELETE articles::previews::api::revoke, }
    "/v1/articles/{article}/publish" { POST articles::workflow::api::publish, }
    "/v1/articles/{article}/publishable" { GET articles::workflow::requirements_api::get, }
    "/v1/articles/{article}/reopen" { POST articles::workflow::api::reopen, }
    "/v1/articles/{article}/restore" { POST articles::trash::api::restore, }
    "/v1/articles/{article}/revisions" { GET articles::revisions::api::list, }
    "/v1/articles/{article}/revisions/{number}" { GET articles::revisions::api::get, }
    "/v1/articles/{article}/revisions/{number}/diff/{other}" { GET articles::revisions::api::compare, }
    "/v1/articles/{article}/revisions/{number}/restore" { POST articles::workflow::api::restore_revision, }
    "/v1/articles/{article}/schedule" { POST articles::workflow::api::schedule, }
    "/v1/articles/{article}/send-back" { POST articles::workflow::api::send_back, }
    "/v1/articles/{article}/submit" { POST articles::workflow::api::submit, }
    "/v1/articles/{article}/unpublish" { POST articles::workflow::api::unpublish, }
    "/v1/articles/{article}/unschedule" { POST articles::workflow::api::unschedule, }
    "/v1/auth/login" { POST sessions::login::login, }
    "/v1/auth/logout" { POST sessions::logout::logout, }
    "/v1/auth/logout-all" { POST sessions::logout::logout_all, }
    "/v1/auth/oidc/callback" { GET sessions::oidc::callback, }
    "/v1/auth/oidc/start" { GET sessions::oidc::start, }
    "/v1/auth/password" { POST sessions::password::choose, }
    "/v1/auth/password-reset" { POST sessions::password::reset, }
    "/v1/auth/refresh" { POST sessions::refresh::refresh, }
    "/v1/auth/sessions" { GET sessions::logout::list, }
    "/v1/auth/sessions/{session}" { DELETE sessions::logout::delete, }
    "/v1/auth/setup" { POST sessions::password::setup, }
    "/v1/authors" { GET authors::list::list, POST authors::api::create, }
    "/v1/authors/{author}" { GET authors::api::get, PATCH authors::api::patch, PUT authors::api::put, DELETE authors::api::delete, }
    "/v1/authors/{author}/articles" { GET articles::list::of_author, }
    "/v1/authors/{author}/merge" { POST authors::api::merge, }
    "/v1/cache/purge" { POST site::cache::purge, }
    "/v1/keys" { GET keys::list::list, POST keys::api::create, }
    "/v1/keys/{key}" { GET keys::api::get, PATCH keys::api::patch, DELETE keys::api::revoke, }
    "/v1/keys/{key}/rotate" { POST keys::api::rotate, }
    "/v1/me" { GET users::me::get, PATCH users::me::patch, }
    "/v1/me/password" { POST sessions::password::change, }
    "/v1/preview/articles/{article}" { GET articles::previews::api::show, }
    "/v1/redirects" { GET articles::live::redirects_api::find, }
    "/v1/roles" { GET users::roles::list, }
    "/v1/tags" { GET tags::list::list, POST tags::api::create, }
    "/v1/tags/{tag}" { GET tags::api::get, PATCH tags::api::patch, PUT tags::api::put, DELETE tags::api::delete, }
    "/v1/tags/{tag}/articles" { GET articles::list::of_tag, }
    "/v1/tags/{tag}/merge" { POST tags::api::merge, }
    "/v1/trash" { GET articles::trash::api::list, }
    "/v1/trash/{article}" { DELETE articles::trash::api::purge, }
    "/v1/users" { GET users::list::list, POST users::api::create, }
    "/v1/users/{user}" { GET users::api::get, PATCH users::api::patch, PUT users::api::put, DELETE users::api::delete, }
    "/v1/users/{user}/password-link" { POST sessions::links::create, }
}

/// The text of the API document.
///
/// # Errors
/// Never, as a test shows.
pub fn document_text() -> serde_json::Result<String> {
    openapi::text_of(&document(), RESOURCES)
}

/// The paths of the pages for people.
const PAGES: [&str; 4] = ["/docs", "/docs/{file:.*}", "/account", "/account/{file}"];

/// Mounts the pages for people, which are no part of the API.
pub fn mount_pages(config: &mut web::ServiceConfig) {
    let mut places = (0..).skip(PATHS.len());
    let [docs, docs_file, account, account_file] = PAGES.map(|path| numbered(path, &mut places));
    for page in [
        serve(docs, Method::GET, site::docs::page),
        serve(docs_file, Method::GET, site::docs::file),
        serve(account, Method::GET, site::account::page),
        serve(account_file, Method::GET, site::account::file),
    ] {
        config.service(finish(page, &[Method::GET]));
    }
}

/// The templates of all paths, as the router knows them; [`Route`] is a place in it.
#[must_use]
pub fn templates() -> Vec<&'static str> {
    PATHS.iter().chain(&PAGES).copied().collect()
}

/// A resource that knows its place among the [`templates`].
fn numbered(path: &str, places: &mut impl Iterator<Item = u16>) -> Resource {
    let place = places.next().unwrap_or(u16::MAX);
    web::resource(path).app_data(Route(place))
}

/// Adds a handler; what answers `GET` answers `HEAD` (RFC 9110, 9.3.2).
fn serve<F, Args>(resource: Resource, method: Method, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = if method == Method::GET {
        resource.route(web::head().to(handler.clone()))
    } else {
        resource
    };
    resource.route(web::method(method).to(handler))
}

fn finish(resource: Resource, methods: &[Method]) -> Resource {
    let allow = allow(methods);
    resource.default_service(web::to(move |request: HttpRequest| {
        let answer = other_method(&request, &allow);
        async move { answer }
    }))
}
