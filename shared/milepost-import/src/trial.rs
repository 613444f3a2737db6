//! A connection tried step by step, storing nothing: what an operator runs before trusting it.

use milepost_carriers::layout::Layout;
use milepost_model::{Connection, ErrorClass};
use milepost_net::{FeedFile, Source};
use tokio::io::BufReader;

use crate::{ImportError, Importer, Rows, layout};

/// Rows of the first file that are read under the layout.
const ROWS: u64 = 10;

impl Importer {
    /// Tries a connection: a line for each step, and whether all of them worked.
    pub async fn test(&self, connection: &Connection) -> (Vec<String>, bool) {
        let mut steps = Vec::new();
        let good = self.steps(connection, &mut steps).await;
        if let Err(error) = &good {
            let advice = match (error, error.class()) {
                (ImportError::Credentials(_), _) => "look after the connection's secret",
                (_, ErrorClass::Retry) => "it may work later",
                (ImportError::Feed { .. } | ImportError::Unfit { .. }, _) => "change the file or the layout",
                _ => "change the connection",
            };
            steps.push(format!("failed: {} ({advice})", error.with_causes()));
        }
        (steps, good.is_ok())
    }

    async fn steps(&self, connection: &Connection, steps: &mut Vec<String>) -> Result<(), ImportError> {
        let layout = layout(&connection.layout, connection.layout_text.as_deref())?;
        steps.push(format!("layout: {} revision {}", layout.name(), layout.revision()));
        let source = self.source(connection).await?;
        steps.push("source: address and credentials are usable".to_owned());
        let (files, more) = self.ready(&source).await?;
        steps.push(format!(
            "listing: {}{} files ready",
            if more { "at least " } else { "" },
            files.len()
        ));
        let Some(file) = files.first() else { return Ok(()) };
        let (rows, rejects) = self.first_rows(&source, file, &layout).await?;
        steps.push(format!(
            "first file: {}: {rows} rows read, {} rejected",
            file.name,
            rejects.len()
        ));
        steps.extend(rejects);
        Ok(())
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
