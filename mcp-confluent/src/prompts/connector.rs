//! `triage-failed-connector`.

use super::{Place, or_ask};
use crate::{names, prelude::*, tool::clients::needs};

/// Find out why a connector fails, and what would help.
#[confluent_prompt(category = Connect, skill, requires(needs::CLOUD))]
async fn triage_failed_connector(
    place: Place,
    /// Connector that fails.
    #[arg(complete = names::connectors)]
    connector: Option<String>,
    /// Id of its environment, `env-…`; the connection's if left out.
    #[arg(complete = names::environments)]
    environment_id: Option<String>,
    /// Id of its Kafka cluster, `lkc-…`; the connection's if left out.
    #[arg(complete = names::clusters)]
    cluster_id: Option<String>,
) -> Result<String> {
    let connector = or_ask(
        connector.as_ref(),
        "Connector",
        "Connector: not said. Call `list-connectors`; take the one that has failed, and ask if there are \
         several.",
    );
    let mut ids = String::new();
    for (name, id) in [("environmentId", environment_id), ("clusterId", cluster_id)] {
        if let Some(id) = id.filter(|id| !id.trim().is_empty()) {
            let id = super::quoted(&id);
            ids.push_str(&format!(
                "Pass {id} as `{name}` to every tool that takes it.\n"
            ));
        }
    }
    Ok(format!(
        "Find out why a connector fails. Only look until the person has agreed to a step.\n\n\
         {place}{connector}\n{ids}\n\
         1. Call `get-connector-status`. Tell the connector's own state from that of its tasks: a running \
         connector with failed tasks is failing. A paused one was paused by somebody: ask before it is \
         resumed.\n\
         2. Call `get-connector-error-summary`, and then `get-connector-error-recommendations`. Quote the \
         first line of each trace and the deepest cause; what is in between seldom matters.\n\
         3. Call `get-connector-logs` for the errors of the last hour. Look for when it began, and whether \
         it comes again after each restart.\n\
         4. Call `get-connector-config`. Secrets are shown as asterisks and are not the mistake.\n\
         5. Decide which of these it is:\n\
         \x20  - Credentials or permissions: of Kafka, of the registry, or of the other system. Say which \
         one refuses, and which right is missing.\n\
         \x20  - The other system cannot be reached: name the address; it is not Kafka's fault.\n\
         \x20  - A record that cannot be read or written: name topic, partition and offset, look at it with \
         `consume-messages`, and at its schema with `get-schema`. See whether `errors.tolerance` and a dead \
         letter queue are set.\n\
         \x20  - Wrong configuration: name the key, its value, and what it should be.\n\
         \x20  - A limit: of throughput, of connections, of tasks. Call `get-connector-offsets` twice for \
         the speed.\n\n\
         Answer with: what fails since when, the cause and the lines that show it, what to do, and what is \
         lost or doubled while it stands. Then ask before each step that changes something: \
         `restart-connector` is worth a try only where the cause was for a moment; \
         `update-connector-config` replaces the whole configuration, so show the difference first; skipping \
         a record loses it. `delete-connector` is no repair."
    ))
}
