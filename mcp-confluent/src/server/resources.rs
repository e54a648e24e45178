//! Resources: lists, reads, and what may be subscribed to.

use rmcp::{
    ErrorData, RoleServer,
    model::{
        CacheScope, ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams,
        ReadResourceRequestParams, ReadResourceResponse, SubscriptionFilter,
    },
    service::RequestContext,
};

use super::handler::{Handler, LIST_TTL_MS, caller, is_stateless, one_page, requester};
use crate::tool::failure::protocol_error;

/// For how long a client may keep the list of resources: topics come and go.
const RESOURCES_TTL_MS: u64 = 10_000;
/// How many URIs one client may listen to at a time.
const MOST_URIS: usize = 64;

impl Handler {
    pub(super) async fn resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let list = self
            .0
            .toolbox
            .list_resources(cursor.as_deref(), &caller(context), &context.ct)
            .await;
        if !is_stateless(context) {
            return Ok(list);
        }
        Ok(list
            .with_ttl_ms(RESOURCES_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }

    pub(super) fn resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        one_page(request, "resource templates")?;
        let templates = self.0.toolbox.resource_templates();
        let list = ListResourceTemplatesResult::with_all_items(templates);
        if !is_stateless(context) {
            return Ok(list);
        }
        Ok(list
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }

    pub(super) async fn read(
        &self,
        request: ReadResourceRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let toolbox = &self.0.toolbox;
        if let Some(read) = toolbox.read_skill(&request.uri, &context.ct).await {
            return read
                .map(Into::into)
                .map_err(|error| protocol_error(&error, Some(&request.uri)));
        }
        let requester = requester(context, request.input_responses, request.request_state);
        toolbox.read(&request.uri, requester).await
    }

    /// What of `requested` is told: changes of resources that can be read, and of the list of them.
    pub(super) fn acceptable(&self, requested: &SubscriptionFilter) -> SubscriptionFilter {
        let mut accepted = requested.clone();
        accepted.resource_subscriptions = requested.resource_subscriptions.as_ref().map(|uris| {
            let readable = uris
                .iter()
                .filter(|uri| self.0.toolbox.can_read(uri).is_ok());
            readable.take(MOST_URIS).cloned().collect()
        });
        accepted
    }
}
