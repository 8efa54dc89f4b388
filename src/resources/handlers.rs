//! Single members of a resource, over HTTP. The handlers of a resource describe themselves in the API
//! document and call these.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::list::editorial_fields;
use super::reassign::{MergeInput, Target};
use super::resource::Resource;
use super::tables::{Input as _, Row as _, WorkingRow as _};
use super::{live, lookup, merge, store};
use crate::auth::permission::ReadDrafts;
use crate::auth::{Caller, Public, Reader};
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::body::{MergePatch, check};
use crate::http::localise::Chain;
use crate::http::lookup::Lookup;
use crate::http::object::Object;
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::query::fields::FieldSet;
use crate::values::Slug;

/// Answers with one, as the reader may see it.
///
/// # Errors
/// 404 when there is none.
pub async fn get<R: Resource>(
    reader: Reader,
    request: &HttpRequest,
    reference: &PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let chain = Chain::read(&mut params);
    match reader {
        Reader::Public(public) => get_live::<R>(&public, request, reference, (chain, params)).await,
        Reader::Editorial(caller) => {
            get_editorial::<R>(&caller, request, reference, (chain, params)).await
        }
    }
}

async fn get_live<R: Resource>(
    public: &Public,
    request: &HttpRequest,
    reference: &PathReference,
    (chain, mut params): (Chain, Params),
) -> Result<HttpResponse> {
    let app = public.app();
    let fields = params.query("fields", |text| FieldSet::parse(text, R::FIELDS));
    params.finish()?;
    let mut conn = public.read().await?;
    let reference = reference.or_not_found(R::INFO.name)?;
    let row = match live::find::<R>(&mut conn, &reference).await? {
        Lookup::Found(row) => row,
        Lookup::Redirect(slug) => return Ok(respond::moved(request, app, &path::<R>(&slug))),
    };
    let mut dependencies = app.dependencies();
    dependencies.on(R::INFO.one(row.id()));
    // The parent is part of the answer and changes on its own.
    let is_alone = R::live_parent(&row).is_none();
    if !is_alone {
        dependencies.on(R::INFO.every());
    }
    let modified = is_alone.then_some(row.names().updated_at);
    let mut objects = R::public(&mut conn, vec![row], &chain).await?;
    let missing = || Error::not_found(R::INFO.name);
    let (mut object, language) = objects.pop().ok_or_else(missing)?;
    object.select(fields.as_ref())?;
    let meta = Meta {
        modified,
        language,
        dependencies,
        ..Meta::default()
    };
    Ok(respond::public(request, app, object.into_bytes(), &meta))
}

async fn get_editorial<R: Resource>(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    reference: &PathReference,
    (chain, mut params): (Chain, Params),
) -> Result<HttpResponse> {
    let fields = params.query("fields", |text| {
        FieldSet::parse(text, &editorial_fields::<R>())
    });
    params.finish()?;
    let mut conn = caller.read().await?;
    let reference = reference.or_not_found(R::INFO.name)?;
    let row = match lookup::find::<R>(&mut conn, &reference).await? {
        Lookup::Found(row) => row,
        Lookup::Redirect(slug) => {
            return Ok(respond::moved(request, caller.app(), &path::<R>(&slug)));
        }
    };
    let (version, is_alone) = (row.version(), R::parent(&row).is_none());
    let (mut object, language) = object::<R>(&mut conn, row, &chain).await?;
    object.select(fields.as_ref())?;
    let meta = Meta {
        language: language.filter(|_| is_alone),
        ..Meta::default()
    };
    let (status, bytes) = (StatusCode::OK, object.into_bytes());
    Ok(respond::editorial(
        request,
        status,
        Some(version),
        bytes,
        &meta,
    ))
}

/// Creates one.
///
/// # Errors
/// 422 for fields that contradict each other, and those of [`store::create`].
pub async fn create<R: Resource>(
    caller: &Caller<R::Write>,
    request: &HttpRequest,
    input: R::Input,
) -> Result<HttpResponse> {
    validate::<R>(&input)?;
    let mut conn = caller.write().await?;
    let edit = caller.edit_all()?;
    let row = conn
        .transaction(async |conn: &mut Conn| store::create::<R>(conn, edit, &input).await)
        .await?;
    let (path, version) = (path::<R>(row.id()), row.version());
    let bytes = bytes::<R>(&mut conn, row).await?;
    respond::created(request, &path, version, bytes)
}

/// Deletes one; with `reassign_to`, another takes its place first.
///
/// # Errors
/// 409 when it is in use, 412 when it changed meanwhile; those of a merge.
pub async fn delete<R: Resource>(
    caller: &Caller<R::Write>,
    reference: &PathReference,
    mut params: Params,
    if_match: &IfMatch,
) -> Result<HttpResponse> {
    let target = Target::of_parameter(&mut params);
    params.finish()?;
    let reference = reference.or_not_found(R::INFO.name)?;
    if let Some(target) = &target {
        merge::carry_out::<R>(caller, &reference, if_match, target).await?;
        return Ok(respond::deleted());
    }
    caller.edit_all()?;
    let mut conn = caller.write().await?;
    conn.transaction(async |conn: &mut Conn| {
        let old = lookup::require::<R>(conn, &reference).await?;
        store::delete::<R>(conn, &old, if_match).await
    })
    .await?;
    Ok(respond::deleted())
}

/// A request to change one: who asks, which one, and based on which version.
pub struct Change<R: Resource> {
    caller: Caller<R::Write>,
    request: HttpRequest,
    reference: PathReference,
    if_match: IfMatch,
}

impl<R: Resource> FromRequest for Change<R> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = |payload: &mut Payload| {
            let caller = Caller::from_request(request, payload).into_inner()?;
            let reference = PathReference::from_request(request, payload).into_inner()?;
            NoParams::from_request(request, payload).into_inner()?;
            let if_match = IfMatch::from_request(request, payload).into_inner()?;
            Ok(Self {
                caller,
                request: request.clone(),
                reference,
                if_match,
            })
        };
        ready(read(payload))
    }
}

impl<R: Resource> Change<R> {
    /// Changes some members.
    ///
    /// # Errors
    /// Errors of the members, and of [`store::update`].
    pub async fn patch(self, patch: MergePatch) -> Result<HttpResponse> {
        self.write(|old| check(patch.apply(R::as_input(old)))).await
    }

    /// Replaces it; the slug stays unless another is given.
    ///
    /// # Errors
    /// Errors of [`store::update`].
    pub async fn put(self, input: R::Input) -> Result<HttpResponse> {
        let change = |old: &R::Row| {
            let slug = Slug::or_stored(input.slug().clone(), old.slug());
            Ok(input.clone().with_slug(slug))
        };
        self.write(change).await
    }

    /// Makes it part of another.
    ///
    /// # Errors
    /// Errors of a merge.
    pub async fn merge(self, body: MergeInput) -> Result<HttpResponse> {
        let reference = self.reference.or_not_found(R::INFO.name)?;
        let target = Target::of_body(body);
        let merged = merge::carry_out::<R>(&self.caller, &reference, &self.if_match, &target);
        let (mut conn, row) = merged.await?;
        let version = row.version();
        let bytes = bytes::<R>(&mut conn, row).await?;
        Ok(respond::written(&self.request, version, bytes))
    }

    async fn write(&self, change: impl Fn(&R::Row) -> Result<R::Input>) -> Result<HttpResponse> {
        let reference = self.reference.or_not_found(R::INFO.name)?;
        let mut conn = self.caller.write().await?;
        let edit = self.caller.edit_all()?;
        let row = conn
            .transaction(async |conn: &mut Conn| {
                let old = lookup::require::<R>(conn, &reference).await?;
                self.if_match.check(old.version())?;
                let input = change(&old)?;
                validate::<R>(&input)?;
                store::update::<R>(conn, edit, &old, &self.if_match, &input).await
            })
            .await?;
        let version = row.version();
        let bytes = bytes::<R>(&mut conn, row).await?;
        Ok(respond::written(&self.request, version, bytes))
    }
}

fn path<R: Resource>(name: &str) -> String {
    format!("/v1/{}/{name}", R::INFO.collection)
}

fn validate<R: Resource>(input: &R::Input) -> Result<()> {
    let errors = R::contradictions(input);
    if errors.is_empty() {
        return Ok(());
    }
    Err(Error::fields(Code::InvalidFields, errors))
}

/// One as editors see it, as it is.
async fn bytes<R: Resource>(conn: &mut Conn, row: R::Row) -> Result<Vec<u8>> {
    let (object, _) = object::<R>(conn, row, &Chain::default()).await?;
    Ok(object.into_bytes())
}

/// One as editors see it in the languages of a chain, and the language of its own texts.
async fn object<R: Resource>(
    conn: &mut Conn,
    row: R::Row,
    chain: &Chain,
) -> Result<(Object, Option<String>)> {
    let mut rows = R::editorial(conn, vec![row], chain).await?;
    let row = rows.pop().ok_or_else(|| Error::not_found(R::INFO.name))?;
    let mut object = Object::of(&row)?;
    let language = chain.apply(&mut object, R::INFO.translated)?;
    Ok((object, language))
}
