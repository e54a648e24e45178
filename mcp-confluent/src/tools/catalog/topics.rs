//! `add-tags-to-topic` and `remove-tag-from-entity`.

use std::collections::{BTreeMap, btree_map::Entry};

use super::outcome;
use crate::{
    client::catalog::{Assignment, TOPIC},
    prelude::*,
};

/// Put tags on topics. `create-topic-tags` makes tags.
#[confluent_tool(write, category = Catalog)]
async fn add_tags_to_topic(
    catalog: Catalog,
    /// Which topic gets which tag.
    #[arg(length = 1..=100)]
    tag_assignments: Vec<TagAssignment>,
) -> Result<TagsAssigned> {
    let (client, call) = (catalog.client(), catalog.call());
    let mut names = BTreeMap::new();
    for wanted in &tag_assignments {
        let key = (&wanted.entity_type, &wanted.entity_name);
        let Entry::Vacant(place) = names.entry(key) else {
            continue;
        };
        // What ails one name is told with it; what ails the catalog ends the call.
        match full_name(&catalog, key.0, key.1).await {
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Argument) => {
                return Err(error);
            }
            name => place.insert(name),
        };
    }
    let mut assignments = Vec::new();
    let mut outcomes = Vec::new();
    for wanted in &tag_assignments {
        let TagAssignment {
            entity_type,
            entity_name,
            type_name,
        } = wanted;
        match &names[&(entity_type, entity_name)] {
            Ok(name) => assignments.push(Assignment {
                entity_type: entity_type.clone(),
                entity_name: name.clone(),
                tag: type_name.clone(),
            }),
            Err(error) => {
                let assigned = Assigned::new(entity_name.clone(), type_name.clone());
                outcomes.push((assigned, Err(error.clone())));
            }
        }
    }
    if !assignments.is_empty() {
        let answers = client.assign(call, &assignments).await?;
        let assigned = assignments
            .into_iter()
            .map(|it| Assigned::new(it.entity_name, it.tag));
        outcomes.extend(assigned.zip(answers));
    }
    let (assigned, failed) = outcome::sort(
        "add tags",
        outcomes,
        |it| format!("`{}` on `{}`", it.tag, it.entity_name),
        |it, error| AssignmentFailure {
            entity_name: it.entity_name,
            tag: it.tag,
            error: error.message().to_owned(),
        },
    )?;
    Ok(TagsAssigned { assigned, failed })
}

/// The qualified name of an entity: topics may be called by their own.
async fn full_name(catalog: &Catalog, entity_type: &str, name: &str) -> Result<String> {
    if entity_type != TOPIC {
        return Ok(name.to_owned());
    }
    let (client, call) = (catalog.client(), catalog.call());
    client.qualified_name(call, name).await
}

/// A tag for a topic.
#[confluent_type]
struct TagAssignment {
    /// Type of the entity.
    #[arg(default = TOPIC.to_owned())]
    entity_type: String,
    /// Name of the topic, or qualified name, `lsrc-…:lkc-…:topic`.
    #[arg(length = 1..)]
    entity_name: String,
    /// Name of the tag.
    #[arg(length = 1..)]
    type_name: String,
}

/// What became of each assignment.
#[confluent_type(text("{}", self.prose()))]
struct TagsAssigned {
    /// The assignments that were made.
    assigned: Vec<Assigned>,
    /// Those that were not, and why.
    failed: Vec<AssignmentFailure>,
}

/// A tag on an entity.
#[confluent_type]
struct Assigned {
    /// Qualified name of the entity.
    entity_name: String,
    /// Name of the tag.
    tag: String,
}

impl Assigned {
    fn new(entity_name: String, tag: String) -> Self {
        Self { entity_name, tag }
    }
}

/// An assignment that was not made.
#[confluent_type]
struct AssignmentFailure {
    /// Name of the entity.
    entity_name: String,
    /// Name of the tag.
    tag: String,
    /// Why.
    error: String,
}

impl TagsAssigned {
    fn prose(&self) -> String {
        let assigned = self.assigned.iter();
        let assigned = assigned.map(|it| format!("{} has {}", it.entity_name, it.tag));
        let failed = self.failed.iter();
        let failed = failed.map(|it| format!("not {} on {}: {}", it.tag, it.entity_name, it.error));
        assigned.chain(failed).collect::<Vec<_>>().join("\n")
    }
}

/// Remove a tag from a topic or another entity.
#[confluent_tool(
    destructive,
    category = Catalog,
    confirm = "Take the tag {tag_name:?} off {qualified_name:?}?"
)]
async fn remove_tag_from_entity(
    catalog: Catalog,
    /// Name of the tag.
    #[arg(length = 1..)]
    tag_name: String,
    /// Type of the entity.
    #[arg(default = TOPIC.to_owned(), length = 1..)]
    type_name: String,
    /// Name of the topic, or qualified name.
    #[arg(length = 1..)]
    qualified_name: String,
) -> Result<TagRemoved> {
    let assignment = Assignment {
        entity_name: full_name(&catalog, &type_name, &qualified_name).await?,
        entity_type: type_name,
        tag: tag_name,
    };
    let (client, call) = (catalog.client(), catalog.call());
    client.unassign(call, &assignment).await?;
    Ok(TagRemoved {
        entity_name: assignment.entity_name,
        tag: assignment.tag,
    })
}

/// A tag that an entity has no more.
#[confluent_type(text("{} has the tag {} no more.", self.entity_name, self.tag))]
struct TagRemoved {
    /// Qualified name of the entity.
    entity_name: String,
    /// Name of the tag.
    tag: String,
}
