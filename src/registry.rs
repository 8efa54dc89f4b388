//! The registry: the one list of all resources, put together here and handed to the layers that know
//! none.

use crate::articles::check::{Addresses, Articles};
use crate::authors::Authors;
use crate::integrity::AnySubject;
use crate::resources::info::Resources;
use crate::tags::Tags;
use crate::{articles, authors, tags};

/// All resources, in the order of the API document.
pub const RESOURCES: Resources = Resources(&[&articles::INFO, &authors::INFO, &tags::INFO]);

/// The subjects of a check of the database, in the order in which they are looked through.
pub const SUBJECTS: &[&dyn AnySubject] = &[&Authors, &Tags, &Articles, &Addresses];
