//! A connection tried step by step, storing nothing: what an operator runs before trusting it.

use milepost_carriers::layout::Layout;
use milepost_model::{Connection, ErrorClass};
use milepost_net::{FeedFile, Source};
use tokio::io::BufReader;

use crate::{ImportError, Importer, Rows, layout};

/// Rows of the first file that are read under the layout.
const ROWS: u64 = 10;

/// An empty folder is no fault: most carriers' are, most of the day. A wrong pattern looks the same.
const NOTHING_READY: &str = "note: nothing is there to be read; if there should be, look at folder, pattern and marker";

impl Importer {
    /// Tries a connection: a line for each step, and whether all of them worked.
    pub async fn test(&self, connection: &Connection) -> (Vec<String>, bool) {
        let mut steps = Vec::new();
        let good = self.steps(connection, &mut steps).await;
        if let Err(error) = &good {
            let advice = match (error, error.class()) {
                (ImportError::Credentials(_), _) => "look after the connection's secret",
                (_, ErrorClass::Retry) => "it may work later",
                (ImportError::Feed { .. } | ImportError::Unfit { .. } | ImportError::NoRowFits, _) => {
                    "change the file or the layout"
                }
                _ => "change the connection",
            };
            steps.push(format!("failed: {} ({advice})", error.with_causes()));
        }
        (steps, good.is_ok())
    }

    async fn steps(&self, connection: &Connection, steps: &mut Vec<String>) -> Result<(), ImportError> {
        let layout = layout(&connection.layout, connection.layout_text.as_deref())?;
        steps.push(format!("layout: {} revision {}", layout.name(), layout.revision()));
        let source = self.source(connection, None).await?;
        steps.push(format!("settings: complete for {}", connection.source.kind));
        source.reach().await?;
        steps.push("login: accepted".to_owned());
        let ready = self.ready(&source, &connection.pickup).await?;
        let at_least = if ready.more { "at least " } else { "" };
        steps.push(format!("listing: {at_least}{} files ready", ready.files.len()));
        let Some(file) = ready.files.first() else {
            steps.push(NOTHING_READY.to_owned());
            return Ok(());
        };
        let (rows, rejects) = self.first_rows(&source, file, &layout).await?;
        steps.push(format!(
            "first file: {}: {rows} rows read, {} rejected",
            file.name,
            rejects.len()
        ));
        let fits = rows == 0 || (rejects.len() as u64) < rows;
        steps.extend(rejects);
        if fits { Ok(()) } else { Err(ImportError::NoRowFits) }
    }

    async fn first_rows(
        &self,
        source: &Source,
        file: &FeedFile,
        layout: &Layout,
    ) -> Result<(u64, Vec<String>), ImportError> {
        let bytes = BufReader::new(source.open(file, 0).await?);
        let mut reader = Rows::open(&file.name, bytes, layout, &self.settings.limits).await?;
        let (mut rows, mut rejects) = (0, Vec::new());
        while rows < ROWS {
            let row = reader.next().await.map_err(|source| ImportError::Feed {
                file: file.name.clone(),
                source,
            })?;
            let Some(row) = row else { break };
            rows += 1;
            rejects.extend(row.item.err().map(|(_, hint)| format!("  line {}: {hint}", row.line)));
        }
        Ok((rows, rejects))
    }
}
