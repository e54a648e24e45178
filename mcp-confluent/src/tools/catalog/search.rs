//! `search-topics-by-tag` and `search-topics-by-name`.

use std::fmt::Write as _;

use crate::{
    client::catalog::{MAX_FOUND, Search, TopicEntity},
    prelude::*,
};

/// How many topics a search gives where the call does not say.
const LIMIT: u32 = 100;

/// Find topics by tag, with all their tags.
#[confluent_tool(read_only, category = Catalog)]
async fn search_topics_by_tag(
    catalog: Catalog,
    /// Name of the tag; by default all topics.
    topic_tag: Option<String>,
    /// Maximum number of topics.
    #[arg(default = LIMIT, range = 1..=500)]
    limit: u32,
    /// How many to skip: `nextOffset`.
    #[arg(default)]
    offset: u32,
) -> Result<TopicsFound> {
    let tag = topic_tag.as_deref().map(str::trim);
    let search = Search {
        words: None,
        tag: tag.filter(|tag| !tag.is_empty()),
        limit: limit as usize,
        offset: offset as usize,
    };
    TopicsFound::look(&catalog, search).await
}

/// Find topics by name, with their tags.
#[confluent_tool(read_only, category = Catalog)]
async fn search_topics_by_name(
    catalog: Catalog,
    /// Name or part of it.
    #[arg(length = 1..)]
    topic_name: String,
    /// Maximum number of topics.
    #[arg(default = LIMIT, range = 1..=500)]
    limit: u32,
    /// How many to skip: `nextOffset`.
    #[arg(default)]
    offset: u32,
) -> Result<TopicsFound> {
    let search = Search {
        words: Some(&topic_name),
        tag: None,
        limit: limit as usize,
        offset: offset as usize,
    };
    TopicsFound::look(&catalog, search).await
}

/// Topics of the catalog.
#[confluent_type(text("{}", self.prose()))]
struct TopicsFound {
    /// The topics.
    topics: Vec<CatalogTopic>,
    /// Pass it as `offset` to go on; absent if there is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<usize>,
}

/// A topic of the catalog.
#[confluent_type]
struct CatalogTopic {
    /// Name.
    name: String,
    /// Name in full, `lsrc-…:lkc-…:name`.
    qualified_name: String,
    /// Id of its cluster, if the name says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<String>,
    /// What people wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Its tags.
    tags: Vec<String>,
}

impl From<TopicEntity> for CatalogTopic {
    fn from(entity: TopicEntity) -> Self {
        Self {
            cluster_id: entity.cluster().map(str::to_owned),
            name: entity.name,
            qualified_name: entity.qualified_name,
            description: entity.description,
            tags: entity.tags,
        }
    }
}

impl TopicsFound {
    async fn look(catalog: &Catalog, search: Search<'_>) -> Result<Self> {
        debug_assert!(search.limit <= MAX_FOUND, "the arguments are bounded");
        let found = catalog
            .client()
            .search_topics(catalog.call(), search)
            .await?;
        let is_full = found.len() >= search.limit;
        Ok(Self {
            next_offset: is_full.then_some(search.offset + found.len()),
            topics: found.into_iter().map(CatalogTopic::from).collect(),
        })
    }

    fn prose(&self) -> String {
        let mut text = match self.topics.len() {
            0 => return "No topics found.".to_owned(),
            1 => "1 topic:".to_owned(),
            count => format!("{count} topics:"),
        };
        // Writing into a string cannot fail.
        for topic in &self.topics {
            let _ = write!(text, "\n{} ({})", topic.name, topic.qualified_name);
            if !topic.tags.is_empty() {
                let _ = write!(text, ", tagged {}", topic.tags.join(", "));
            }
            if let Some(description) = &topic.description {
                let _ = write!(text, ": {description}");
            }
        }
        if let Some(offset) = self.next_offset {
            let _ = write!(
                text,
                "\nThere may be more: call again with `offset` {offset}."
            );
        }
        text
    }
}
