//! The roles and their permissions.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::permission::ValidCredentials;
use crate::auth::{Caller, Permission, Role};
use crate::error::Result;
use crate::http::params::NoParams;
use crate::http::respond;

/// All roles.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleList {
    /// The roles, those with the most permissions first.
    data: Vec<RoleInfo>,
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleInfo {
    /// Its name.
    name: Role,
    /// Purpose of the role.
    description: &'static str,
    /// Permissions of the role.
    permissions: Vec<PermissionInfo>,
}

/// A permission.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionInfo {
    /// Its name.
    name: Permission,
    /// Purpose of the permission.
    description: &'static str,
}

/// Lists the roles with their permissions.
#[utoipa::path(get, path = "/v1/roles", operation_id = "listRoles", tag = "Accounts",
    responses((status = 200, description = "The roles.", body = RoleList)),
    security(("bearer" = [])))]
pub async fn list(
    _caller: Caller<ValidCredentials>,
    request: HttpRequest,
    _params: NoParams,
) -> Result<HttpResponse> {
    let permission = |name: Permission| PermissionInfo {
        name,
        description: name.meaning(),
    };
    let role = |role: &Role| RoleInfo {
        name: *role,
        description: role.meaning(),
        permissions: role
            .permissions()
            .list()
            .into_iter()
            .map(permission)
            .collect(),
    };
    let bytes = respond::json(&RoleList {
        data: Role::ALL.iter().map(role).collect(),
    })?;
    Ok(respond::unversioned(&request, bytes))
}
