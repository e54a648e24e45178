//! Where parcels are.

use mcp_confluent::prelude::*;

const ACME: Category = Category::Other("acme");

/// The parcel service of Acme: what a tool is given when it takes `acme: Acme`.
///
/// A real one would hold an HTTP client; `extensions.acme` of the server's configuration says where
/// its service is.
struct Acme {
    service: String,
}

/// The section `extensions.acme` of the server's configuration.
#[confluent_type]
struct Settings {
    /// Address of the parcel service.
    #[arg(default = "https://parcels.acme.example".to_owned())]
    service: String,
}

impl FromContext for Acme {
    // It needs no Kafka connection, so its tools are offered without one.
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] = &[ArgSpec::new::<Option<String>>(
        "depot",
        "Depot to ask, for example `north`; the depot of the parcel if left out.",
    )];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let settings: Option<Settings> = cx.settings("acme")?;
        let service = settings.map_or("https://parcels.acme.example".to_owned(), |it| it.service);
        let depot = cx.argument("depot").and_then(|depot| depot.as_str());
        Ok(match depot {
            Some(depot) => Self {
                service: format!("{service}/{depot}"),
            },
            None => Self { service },
        })
    }
}

impl Acme {
    #[expect(
        clippy::unused_async,
        reason = "a real client waits for its service here"
    )]
    async fn find(&self, parcel: &str) -> Result<Place> {
        if parcel == "P-404" {
            return Err(
                ToolError::not_found(format!("{} has no parcel `{parcel}`", self.service))
                    .hint("check the number on the receipt"),
            );
        }
        Ok(Place::Depot {
            name: "north".to_owned(),
        })
    }
}

/// Where a parcel is.
#[confluent_type(text("Parcel {} is {}.", self.parcel, self.place.in_words()))]
struct Parcel {
    /// Number of the parcel.
    parcel: String,
    /// Where it is.
    place: Place,
}

/// A place a parcel can be.
#[confluent_type]
enum Place {
    /// On the road.
    OnTheRoad,
    /// In a depot.
    Depot {
        /// Name of the depot.
        name: String,
    },
}

impl Place {
    fn in_words(&self) -> String {
        match self {
            Self::OnTheRoad => "on the road".to_owned(),
            Self::Depot { name } => format!("in the depot {name}"),
        }
    }
}

/// Find out where a parcel is.
///
/// Use it when somebody asks about a delivery. The answer is the depot, or that the parcel is on
/// the road.
#[confluent_tool(read_only, category = crate::parcels::ACME)]
async fn track_parcel(
    acme: Acme,
    /// Number of the parcel, as on the receipt.
    #[arg(pattern = "^P-[0-9]+$", example = "P-17")]
    parcel: String,
    /// Say that it is on the road while it is between two depots.
    #[arg(default = true)]
    live: bool,
) -> Result<Parcel> {
    let place = if live && parcel == "P-1" {
        Place::OnTheRoad
    } else {
        acme.find(&parcel).await?
    };
    Ok(Parcel { parcel, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_as_words() {
        assert_eq!(Place::OnTheRoad.in_words(), "on the road");
    }
}
