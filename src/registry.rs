//! The registry: the one list of all resources, put together here and handed to the layers that know
//! none.

use crate::resources::info::Resources;
use crate::{articles, authors, tags};

/// All resources, in the order of the API document.
pub const RESOURCES: Resources = Resources(&[&articles::INFO, &authors::INFO, &tags::INFO]);
