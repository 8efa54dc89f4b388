//! How answers of several shapes are described in the API document.

use std::borrow::Cow;
use std::marker::PhantomData;

use utoipa::openapi::schema::{
    AllOf, AnyOfBuilder, Object, ObjectBuilder, Schema, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

type Schemas = Vec<(String, RefOr<Schema>)>;

/// One resource as it is read: `E` to a key, `P` to the public, and with `fields` some members
/// of these, described as `{P}Part`.
pub struct Answer<P, E>(PhantomData<(P, E)>);

impl<P: ToSchema, E: ToSchema> Answer<P, E> {
    fn part_name() -> String {
        format!("{}Part", P::name())
    }

    /// All members of both, none of which must be there.
    fn part() -> Schema {
        let mut part = ObjectBuilder::new().build();
        let description = format!(
            "The members of `{}` or `{}` that `fields` selects.",
            P::name(),
            E::name()
        );
        part.description = Some(description);
        part.schema_type = SchemaType::Type(Type::Object);
        for schema in [P::schema(), E::schema()] {
            collect(&mut part, schema);
        }
        Schema::Object(part)
    }
}

fn collect(into: &mut Object, schema: RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => into.properties.extend(object.properties),
        RefOr::T(Schema::AllOf(AllOf { items, .. })) => {
            for item in items {
                collect(into, item);
            }
        }
        _ => {}
    }
}

impl<P: ToSchema, E: ToSchema> PartialSchema for Answer<P, E> {
    fn schema() -> RefOr<Schema> {
        let text = format!(
            "`{}` with a key, `{}` for the public; with `fields`, only the members it names.",
            E::name(),
            P::name(),
        );
        let any = AnyOfBuilder::new()
            .item(Ref::from_schema_name(E::name()))
            .item(Ref::from_schema_name(P::name()))
            .item(Ref::from_schema_name(Self::part_name()))
            .description(Some(text))
            .build();
        RefOr::T(Schema::AnyOf(any))
    }
}

impl<P: ToSchema, E: ToSchema> ToSchema for Answer<P, E> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Answer", P::name()))
    }

    fn schemas(schemas: &mut Schemas) {
        schemas.push((P::name().into_owned(), P::schema()));
        P::schemas(schemas);
        schemas.push((E::name().into_owned(), E::schema()));
        E::schemas(schemas);
        schemas.push((Self::part_name(), RefOr::T(Self::part())));
    }
}

/// One resource as it is read where only a key reads: `E`, and with `fields` some of its members.
pub struct KeyAnswer<P, E>(PhantomData<(P, E)>);

impl<P: ToSchema, E: ToSchema> PartialSchema for KeyAnswer<P, E> {
    fn schema() -> RefOr<Schema> {
        let text = format!("`{}`; with `fields`, only the members it names.", E::name());
        let any = AnyOfBuilder::new()
            .item(Ref::from_schema_name(E::name()))
            .item(Ref::from_schema_name(Answer::<P, E>::part_name()))
            .description(Some(text))
            .build();
        RefOr::T(Schema::AnyOf(any))
    }
}

impl<P: ToSchema, E: ToSchema> ToSchema for KeyAnswer<P, E> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Answer", E::name()))
    }

    fn schemas(schemas: &mut Schemas) {
        Answer::<P, E>::schemas(schemas);
    }
}

/// A merge patch of a `T`: its members, none of which must be there.
pub struct PatchOf<T>(PhantomData<T>);

impl<T: ToSchema> PartialSchema for PatchOf<T> {
    fn schema() -> RefOr<Schema> {
        let mut patch = ObjectBuilder::new().build();
        patch.description = Some(format!(
            "Members of `{}` to replace; null resets a member to its default (RFC 7396).",
            T::name(),
        ));
        collect(&mut patch, T::schema());
        RefOr::T(Schema::Object(patch))
    }
}

impl<T: ToSchema> ToSchema for PatchOf<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(T::name().replace("Input", "Patch"))
    }

    fn schemas(schemas: &mut Schemas) {
        T::schemas(schemas);
    }
}
