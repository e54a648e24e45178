//! `list-tags`, `create-topic-tags` and `delete-tag`.

use super::outcome;
use crate::{
    client::catalog::{NewTag, TOPIC, TagDefinition},
    prelude::*,
};

/// List the tags of the catalog.
#[confluent_tool(read_only, category = Catalog)]
async fn list_tags(catalog: Catalog, page: Page<100>) -> Result<Paged<Tag>> {
    let tags = catalog.client().tag_definitions(catalog.call()).await?;
    Ok(page.of(tags.into_iter().map(Tag::from), |tag| &tag.name))
}

/// A tag.
#[confluent_type(text("{}", self.prose()))]
struct Tag {
    /// Name.
    name: String,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The types of entities that can have it, such as `kafka_topic`; empty for any.
    entity_types: Vec<String>,
    /// When it was made, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_ms: Option<i64>,
}

impl From<TagDefinition> for Tag {
    fn from(tag: TagDefinition) -> Self {
        Self {
            name: tag.name,
            description: tag.description.filter(|text| !text.is_empty()),
            entity_types: tag.entity_types.unwrap_or_default(),
            created_at_ms: tag.create_time,
        }
    }
}

impl Tag {
    fn prose(&self) -> String {
        match &self.description {
            Some(description) => format!("{}: {description}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Create tags. `add-tags-to-topic` puts them on topics.
#[confluent_tool(write, category = Catalog)]
async fn create_topic_tags(
    catalog: Catalog,
    /// The tags.
    #[arg(length = 1..=100)]
    tags: Vec<TagToCreate>,
) -> Result<TagsCreated> {
    let wanted: Vec<_> = tags
        .into_iter()
        .map(|tag| NewTag {
            name: tag.tag_name,
            description: tag.description,
            entity_types: vec![TOPIC.to_owned()],
        })
        .collect();
    let (client, call) = (catalog.client(), catalog.call());
    let outcomes = client.define_tags(call, &wanted).await?;
    let names = wanted.into_iter().map(|tag| tag.name);
    let (created, failed) = outcome::sort(
        "create tags",
        names.zip(outcomes).collect(),
        |name| format!("`{name}`"),
        |tag, error| TagFailure {
            tag,
            error: error.message().to_owned(),
        },
    )?;
    Ok(TagsCreated { created, failed })
}

/// A tag to create.
#[confluent_type]
struct TagToCreate {
    /// Name: letters, digits and underscores, a letter first.
    #[arg(length = 1..)]
    tag_name: String,
    /// What it means.
    #[arg(default = "Tag created via API".to_owned())]
    description: String,
}

/// What became of each tag.
#[confluent_type(text("{}", self.prose()))]
struct TagsCreated {
    /// Names of the tags that are there now.
    created: Vec<String>,
    /// Those that could not be created, and why.
    failed: Vec<TagFailure>,
}

/// A tag that could not be created.
#[confluent_type]
struct TagFailure {
    /// Name.
    tag: String,
    /// Why.
    error: String,
}

impl TagsCreated {
    fn prose(&self) -> String {
        let mut parts = vec![format!("Created: {}", self.created.join(", "))];
        for failure in &self.failed {
            parts.push(format!("not created: {} ({})", failure.tag, failure.error));
        }
        parts.join("; ")
    }
}

/// Delete a tag, and remove it everywhere.
#[confluent_tool(
    destructive,
    category = Catalog,
    confirm = "Delete the tag {tag_name:?}, also from everything that has it?"
)]
async fn delete_tag(
    catalog: Catalog,
    /// Name of the tag.
    #[arg(length = 1..)]
    tag_name: String,
) -> Result<TagDeleted> {
    let (client, call) = (catalog.client(), catalog.call());
    client.delete_tag(call, &tag_name).await?;
    Ok(TagDeleted { tag: tag_name })
}

/// A tag that is gone.
#[confluent_type(text("Deleted the tag `{}`.", self.tag))]
struct TagDeleted {
    /// Name.
    tag: String,
}
