//! `plan-schema-change`.

use super::{Place, or_ask};
use crate::{names, prelude::*, tool::clients::needs};

/// Plan the change of a schema so that no producer or consumer breaks.
#[confluent_prompt(category = SchemaRegistry, skill, requires(needs::SCHEMA_REGISTRY))]
async fn plan_schema_change(
    place: Place,
    /// Subject whose schema is to change.
    #[arg(complete = names::subjects)]
    subject: Option<String>,
    /// What is to change, in words.
    change: Option<String>,
) -> Result<String> {
    let subject = or_ask(
        subject.as_ref(),
        "Subject",
        "Subject: not said. Call `list-schemas` and ask which one is meant.",
    );
    let change = or_ask(
        change.as_ref(),
        "Wanted change",
        "Wanted change: not said. Ask what should be different, and why.",
    );
    Ok(format!(
        "Plan the change of a schema. Register nothing before the person has agreed to the plan.\n\n\
         {place}{subject}\n{change}\n\n\
         1. Call `get-schema` for the latest version. Note its language, what it refers to and who uses \
         it.\n\
         2. Call `get-compatibility` for the subject, and say in one sentence what its level means here: \
         `BACKWARD`: consumers are upgraded first; `FORWARD`: producers first; `FULL`: either; the \
         transitive levels hold for all versions and not only the last; `NONE`: nothing is checked, so the \
         plan has to do it.\n\
         3. Write the new schema. Prefer what is compatible: a new field has a default, a field is not \
         renamed but added under the new name (an alias in Avro), a type is only widened, an enum has a \
         default symbol, a Protobuf number is never used again but reserved.\n\
         4. Call `check-schema-compatibility` with the new text. If it fails, change the schema and check \
         again; show each problem with what solved it. Do not lower the level to make it pass.\n\
         5. If it cannot be compatible, say so and compare the two ways: a new subject with a new topic, or \
         a new major version with migration rules. Ask which one; do not decide.\n\
         6. Find who is concerned: the topics of the subject with `list-topics`, and their readers with \
         `list-consumer-groups` and `describe-consumer-group`.\n\n\
         Answer with: the new schema in full; what differs, as `diff-schemas` would show it; the result of \
         the check; the order of the rollout with who is upgraded when, and how to see that each step went \
         well; and how to go back. Then ask whether to register it with `create-schema`. Deleting a version \
         later does not make records readable again that were written with it."
    ))
}
