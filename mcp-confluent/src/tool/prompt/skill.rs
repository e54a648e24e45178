//! Prompts as skills (SEP-2640): the same text, read as a file instead of asked for.

use rmcp::model::{
    DIRECTORY_MIME_TYPE, JsonObject, ReadResourceResult, Resource, ResourceContents, SKILL_MD,
    Skill, SkillFrontmatter, SkillResource, SkillResources,
};
use tokio_util::sync::CancellationToken;

use super::offer::PromptOffer;
use crate::{
    error::{Result, ToolError},
    tool::{
        call::{Requester, reading},
        toolbox::Toolbox,
    },
};

const SCHEME: &str = "skill://";
/// The file of a skill that a client begins with.
const FILE: &str = "/SKILL.md";

/// The name in `skill://<name>/SKILL.md`.
fn name_in(uri: &str) -> Option<&str> {
    uri.strip_prefix(SCHEME)?.strip_suffix(FILE)
}

impl Toolbox {
    /// Every skill, sorted by name.
    pub(crate) async fn skills(&self, cancel: &CancellationToken) -> Vec<Skill> {
        let mut skills = Vec::new();
        for offer in self.prompts().iter().filter(|offer| offer.entry.is_skill()) {
            match self.file_of(offer, cancel).await {
                Ok(file) => skills.push(manifest(offer, &file)),
                Err(error) => {
                    tracing::warn!(skill = offer.entry.meta().name, %error, "left out");
                }
            }
        }
        skills
    }

    /// The skill whose file is at `uri`.
    pub(crate) async fn skill(&self, uri: &str, cancel: &CancellationToken) -> Result<Skill> {
        let offer = self.skill_at(uri).ok_or_else(|| no_skill(uri))?;
        Ok(manifest(offer, &self.file_of(offer, cancel).await?))
    }

    /// The file at `uri`; `None` if it is none of a skill.
    pub(crate) async fn read_skill(
        &self,
        uri: &str,
        cancel: &CancellationToken,
    ) -> Option<Result<ReadResourceResult>> {
        let offer = self.skill_at(uri)?;
        let file = self.file_of(offer, cancel).await;
        Some(file.map(|file| {
            let contents = ResourceContents::text(file, uri).with_mime_type("text/markdown");
            ReadResourceResult::new(vec![contents])
        }))
    }

    /// What is directly below the directory at `uri`: the skills, or the files of one.
    pub(crate) fn skill_directory(&self, uri: &str) -> Result<Vec<Resource>> {
        let below = uri
            .strip_prefix(SCHEME)
            .map(|below| below.trim_end_matches('/'));
        if below == Some("") {
            let skills = self.prompts().iter().filter(|offer| offer.entry.is_skill());
            let directories = skills.map(|offer| {
                let meta = offer.entry.meta();
                Resource::new(format!("{SCHEME}{}", meta.name), meta.name)
                    .with_title(meta.title)
                    .with_mime_type(DIRECTORY_MIME_TYPE)
            });
            return Ok(directories.collect());
        }
        let file = below.map(|name| format!("{SCHEME}{name}{FILE}"));
        match file {
            Some(file) if self.skill_at(&file).is_some() => Ok(vec![
                Resource::new(file, SKILL_MD).with_mime_type("text/markdown"),
            ]),
            _ => Err(ToolError::argument(format!(
                "`{}` is no directory; those of skills are below `{SCHEME}`",
                crate::tool::wording::echo(uri, 200)
            ))),
        }
    }

    fn skill_at(&self, uri: &str) -> Option<&PromptOffer> {
        self.prompt(name_in(uri)?)
            .filter(|offer| offer.entry.is_skill())
    }

    /// The text of the prompt without arguments, below what a client has to know before it reads on.
    async fn file_of(&self, offer: &PromptOffer, cancel: &CancellationToken) -> Result<String> {
        let meta = offer.entry.meta();
        let body = offer.entry.prepare(JsonObject::new()).map_err(|_| {
            ToolError::internal(format!(
                "the prompt `{}` cannot do without arguments",
                meta.name
            ))
        })?;
        // With several connections the reader has yet to choose one.
        let connection = offer.viable.first().filter(|_| !offer.routed);
        let requester = Requester::silent("skills", cancel);
        let context = self.context(meta, connection, false, JsonObject::new(), requester, None);
        let messages = reading(body, context, self.limit(meta)).await?;
        let texts: Vec<_> = messages
            .iter()
            .filter_map(|message| message.text())
            .collect();
        Ok(format!(
            "---\nname: {}\ndescription: {}\n---\n\n# {}\n\n{}\n",
            meta.name,
            // A JSON string is one of YAML too.
            serde_json::Value::from(one_line(meta.description)),
            meta.title,
            texts.join("\n\n").trim_end()
        ))
    }
}

fn manifest(offer: &PromptOffer, file: &str) -> Skill {
    let meta = offer.entry.meta();
    let uri = format!("{SCHEME}{}{FILE}", meta.name);
    let entry = SkillResource::from_bytes(&uri, file.as_bytes());
    Skill::new(
        uri,
        SkillFrontmatter::new(meta.name, one_line(meta.description)),
        SkillResources::Files(vec![entry]),
    )
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn no_skill(uri: &str) -> ToolError {
    let shown = crate::tool::wording::echo(uri, 200);
    ToolError::not_found(format!("there is no skill at `{shown}`"))
        .hint("skills/list says what there is")
}
