//! Prompts, skills, and completion.

use rmcp::{
    ErrorData, RoleServer,
    model::{
        CacheScope, CompleteRequestParams, CompleteResult, GetPromptRequestParams,
        GetPromptResponse, GetSkillRequestParams, GetSkillResult, ListPromptsResult,
        ListResourcesResult, ListSkillsResult, PaginatedRequestParams,
        ReadResourceDirectoryRequestParams,
    },
    service::RequestContext,
};

use super::handler::{Handler, LIST_TTL_MS, caller, is_stateless, one_page, requester};
use crate::tool::failure::protocol_error;

impl Handler {
    pub(super) fn prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        one_page(request, "prompts")?;
        let offers = self.0.toolbox.prompts().iter();
        let list =
            ListPromptsResult::with_all_items(offers.map(|offer| offer.prompt.clone()).collect());
        if !is_stateless(context) {
            return Ok(list);
        }
        Ok(list
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }

    pub(super) async fn prompt(
        &self,
        request: GetPromptRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let requester = requester(context, request.input_responses, request.request_state);
        let arguments = request.arguments.unwrap_or_default();
        let toolbox = &self.0.toolbox;
        toolbox
            .get_prompt(&request.name, arguments, requester)
            .await
    }

    pub(super) async fn completion(
        &self,
        request: CompleteRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let toolbox = &self.0.toolbox;
        let caller = caller(context);
        let completed = toolbox.complete(request, &caller, &context.ct).await;
        completed.map(CompleteResult::new)
    }

    pub(super) async fn skills(
        &self,
        request: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListSkillsResult, ErrorData> {
        one_page(request, "skills")?;
        let skills = self.0.toolbox.skills(&context.ct).await;
        let list = ListSkillsResult::with_all_items(skills);
        if !is_stateless(context) {
            return Ok(list);
        }
        Ok(list
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }

    pub(super) async fn skill(
        &self,
        request: GetSkillRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetSkillResult, ErrorData> {
        let skill = self.0.toolbox.skill(&request.uri, &context.ct).await;
        let skill = skill.map_err(|error| protocol_error(&error, None))?;
        let result = GetSkillResult::new(skill);
        if !is_stateless(context) {
            return Ok(result);
        }
        Ok(result
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }

    pub(super) fn directory(
        &self,
        request: &ReadResourceDirectoryRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let children = self.0.toolbox.skill_directory(&request.uri);
        let children = children.map_err(|error| protocol_error(&error, None))?;
        let list = ListResourcesResult::with_all_items(children);
        if !is_stateless(context) {
            return Ok(list);
        }
        Ok(list
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }
}
