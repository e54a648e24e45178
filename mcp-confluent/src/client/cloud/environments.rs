//! Environments.

use super::{CloudClient, Environment};
use crate::{
    client::http::{Call, Listed, Request, Wanted},
    error::Result,
};

impl CloudClient {
    /// The environments of the organization: `GET /org/v2/environments`.
    pub async fn environments(
        &self,
        call: &Call,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Environment>> {
        let request = Request::get("/org/v2/environments");
        self.http.list(call, request, wanted).await
    }
}
