//! What goes to the catalog and comes from it.

use serde::{Deserialize, Serialize};

/// A tag that topics can have.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagDefinition {
    /// Name.
    pub name: String,
    /// What it means.
    pub description: Option<String>,
    /// The types of entities that can have it, such as `kafka_topic`; any where nothing is said.
    pub entity_types: Option<Vec<String>>,
    /// When it was made, in milliseconds since 1970.
    pub create_time: Option<i64>,
}

/// A tag to define.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewTag {
    /// Name.
    pub name: String,
    /// What it means.
    pub description: String,
    /// The types of entities that can have it.
    pub entity_types: Vec<String>,
}

/// A tag on an entity.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Type of the entity, such as `kafka_topic`.
    pub entity_type: String,
    /// Its qualified name.
    pub entity_name: String,
    /// The tag.
    #[serde(rename = "typeName")]
    pub tag: String,
}

/// A topic as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicEntity {
    /// Name.
    pub name: String,
    /// Its name in full, `lsrc-…:lkc-…:name`.
    pub qualified_name: String,
    /// What people wrote about it.
    pub description: Option<String>,
    /// Its tags, sorted.
    pub tags: Vec<String>,
}

/// A part of what was found.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) entities: Option<Vec<Entity>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entity {
    attributes: Attributes,
    classification_names: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    qualified_name: String,
    name: Option<String>,
    description: Option<String>,
}

impl From<Entity> for TopicEntity {
    fn from(entity: Entity) -> Self {
        let Attributes {
            qualified_name,
            name,
            description,
        } = entity.attributes;
        let mut tags = entity.classification_names.unwrap_or_default();
        tags.sort_unstable();
        tags.dedup();
        Self {
            name: name.unwrap_or_else(|| last_part(&qualified_name).to_owned()),
            qualified_name,
            description: description.filter(|text| !text.is_empty()),
            tags,
        }
    }
}

fn last_part(qualified_name: &str) -> &str {
    let parts = qualified_name.rsplit_once(':');
    parts.map_or(qualified_name, |(_, name)| name)
}

impl TopicEntity {
    /// The Kafka cluster, `lkc-…`, if the name says it.
    pub fn cluster(&self) -> Option<&str> {
        self.qualified_name.split(':').nth_back(1)
    }
}
