//! `tag-personal-data-and-shorten-retention`.

use super::{Place, or_ask};
use crate::{names, prelude::*, tool::clients::needs};

/// Find topics with personal data, tag them, and shorten how long they keep it.
#[confluent_prompt(category = Catalog, skill, requires(needs::KAFKA, needs::SCHEMA_REGISTRY, needs::CLOUD))]
async fn tag_personal_data_and_shorten_retention(
    place: Place,
    /// Only topics whose name begins with this.
    #[arg(complete = names::topics)]
    prefix: Option<String>,
    /// How long records may be kept, for example `7 days`.
    retention: Option<String>,
) -> Result<String> {
    let prefix = or_ask(
        prefix.as_ref(),
        "Topics whose name begins with",
        "Topics: all. If there are more than 50, ask for a prefix first.",
    );
    let retention = or_ask(
        retention.as_ref(),
        "Longest retention",
        "Longest retention: not said. Ask; it is a decision of the owner of the data.",
    );
    Ok(format!(
        "Find personal data in topics, tag those topics, and shorten their retention. There are two points \
         where you stop and ask; nothing is changed before them.\n\n{place}{prefix}\n{retention}\n\n\
         1. Call `list-tags`, and `search-topics-by-tag` for the tags that mean personal data: what is \
         tagged already is not tagged again. If there is no such tag, propose the name `PII`.\n\
         2. Call `list-topics` and leave out those that Kafka keeps for itself. For each one call \
         `list-schemas` and `get-schema`. Look for fields that name or single out a person: name, mail, \
         phone, address, birth, card, account, device, address of a computer, place, free text.\n\
         3. Where there is no schema, or a field is not clear, call `consume-messages` for 5 records. Judge \
         by the form of the values. Never repeat a whole value in your answer: its first letter is \
         enough.\n\
         4. Call `get-topic-config` for each topic that was found: `retention.ms`, `cleanup.policy`, \
         `retention.bytes`. A compacted topic keeps the last record of each key for ever, so shorter \
         retention does not help there: say so, and leave it out of step 7.\n\
         5. Stop and ask. Show a table: topic, fields, how sure you are, tag, retention now and then, and \
         how far behind its readers are (`list-consumer-groups`, `get-consumer-group-lag`): what a group has \
         not read before retention ends is lost to it. Let the person strike out what is wrong.\n\
         6. For what was agreed: `create-topic-tags` if the tag is new, then `add-tags-to-topic`. Check with \
         `search-topics-by-tag`.\n\
         7. Stop and ask again, with the exact list: shortening retention deletes records for good, within \
         minutes. For each topic that was agreed call `alter-topic-config`, first with `validateOnly`. Then \
         read `get-topic-config` once more and compare.\n\n\
         Answer with what was tagged, what was changed from what to what, what was left out and why, and \
         how to put the settings back. Records that are gone cannot be put back. This list is no legal \
         advice: say that a person has to judge it."
    ))
}
