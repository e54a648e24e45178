//! `investigate-consumer-lag`.

use super::{Place, or_ask};
use crate::{names, prelude::*, tool::clients::needs};

/// Find out why a consumer group is behind, and what would help.
#[confluent_prompt(category = Kafka, skill, requires(needs::KAFKA))]
async fn investigate_consumer_lag(
    place: Place,
    /// Consumer group that is behind.
    #[arg(complete = names::groups)]
    group: Option<String>,
    /// Topic it is behind in; all that it reads if left out.
    #[arg(complete = names::topics)]
    topic: Option<String>,
) -> Result<String> {
    let group = or_ask(
        group.as_ref(),
        "Consumer group",
        "Consumer group: not said. Call `list-consumer-groups`; if more than one could be meant, ask.",
    );
    let topic = or_ask(topic.as_ref(), "Topic", "Topic: all that the group reads.");
    Ok(format!(
        "Find out why a consumer group is behind. Only look; change nothing.\n\n{place}{group}\n{topic}\n\n\
         1. Call `get-consumer-group-lag` for the group. Note the total and each partition: committed \
         offset, end offset, lag. A lag of null means that nothing was ever committed there, which is \
         not the same as being behind.\n\
         2. Call `describe-consumer-group`. Look at the state, the members and who reads which \
         partition.\n\
         3. Wait half a minute and call `get-consumer-group-lag` again. What has to be known is the \
         direction: growing, steady or shrinking, and the speed of the committed offset and of the end \
         of the partition, in records per second.\n\
         4. Decide which of these it is, by what you saw and not by what is likely:\n\
         \x20  - No members, state empty: nobody reads. The consumer is down or was renamed.\n\
         \x20  - State rebalancing at both looks: members come and go. Ask for the consumer's log; slow \
         processing beyond `max.poll.interval.ms` is the usual cause.\n\
         \x20  - Members without partitions: more members than partitions; more members will not help.\n\
         \x20  - One partition far behind the others, committed offset not moving: a record that cannot \
         be processed, or a stuck member. Call `consume-messages` at that committed offset, one record, \
         to see it.\n\
         \x20  - One partition far behind, committed offset moving: a hot key. Compare the ends with \
         `get-partition-offsets`.\n\
         \x20  - All behind and growing: the topic is written faster than it is read. State both speeds.\n\
         \x20  - All behind and shrinking: it is catching up. Say how long that takes at this speed.\n\
         \x20  - Negative lag: the topic was deleted and made anew; the committed offsets mean nothing.\n\
         5. Call `get-topic-config` for the topics that are behind and compare `retention.ms` with the age \
         of the oldest unread record: if retention comes first, records will be lost. Say by when. That is \
         the most important line of the answer.\n\n\
         Answer with: what is behind by how much, which cause and which numbers show it, what to do about \
         it, and how soon. Say what you could not see. Stop and ask before anything is changed: offsets, \
         retention and the number of partitions cannot simply be put back."
    ))
}
