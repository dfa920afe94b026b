//! The columns and rows of an uploaded table to leads.

use domain::CampaignId;
use domain::edit::{Change, Edit};
use domain::fault::{Fault, Reason};
use domain::object::{Object, ObjectEdit};
use domain::phone::{Phone, PhoneInput, Separators};
use serde_json::{Map, Value};

use super::super::quirks::VARIABLES_MAX;
use super::super::sheet::{Cell, Row};
use super::super::wire::{METADATA, NAME, PHONE_NUMBER};
use crate::failure::Failure;

const NO_PHONE_COLUMN: Failure =
    Failure::Malformed("The uploaded file must include a phone_number column");
const COLUMN_TWICE: Failure =
    Failure::Malformed("The uploaded file must name each column only once");
const TOO_MANY_VARIABLES: Failure =
    Failure::Malformed("The uploaded file must have at most 15 columns besides phone_number");

/// What the columns are, by the first row.
pub(crate) struct Columns {
    phone: usize,
    /// Every other column that has a name.
    variables: Vec<(usize, String)>,
}

impl Columns {
    pub(crate) fn of(header: &Row) -> Result<Self, Failure> {
        let is_phone = |name: &str| name.eq_ignore_ascii_case(PHONE_NUMBER);
        let names = header.cells.iter().map(|cell| cell.text().trim());
        let (phones, variables): (Vec<_>, Vec<_>) = names
            .enumerate()
            .filter(|(_, name)| !name.is_empty())
            .map(|(place, name)| (place, name.to_owned()))
            .partition(|(_, name)| is_phone(name));
        let phone = phones.first().ok_or(NO_PHONE_COLUMN)?.0;
        let mut sorted: Vec<_> = variables.iter().map(|(_, name)| name).collect();
        sorted.sort();
        if phones.len() > 1 || sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(COLUMN_TWICE);
        }
        if variables.len() > VARIABLES_MAX {
            return Err(TOO_MANY_VARIABLES);
        }
        Ok(Self { phone, variables })
    }

    /// The lead of a row. `None` if it has no number.
    pub(crate) fn lead(&self, row: &Row, campaign: CampaignId) -> Option<Result<Edit, Fault>> {
        let phone = row.cells.get(self.phone)?;
        if phone.text().trim().is_empty() {
            return None;
        }
        let Some(phone) = read_phone(phone) else {
            return Some(Err(Fault::member(PHONE_NUMBER, Reason::InvalidPhone)));
        };
        let mut variables = Map::new();
        for (place, name) in &self.variables {
            let text = row.cells.get(*place).map(Cell::text).unwrap_or_default();
            variables.insert(name.clone(), Value::String(text.to_owned()));
        }
        if has_nul(&variables) {
            return Some(Err(Fault::member(METADATA, Reason::NulCharacter)));
        }
        let name = variables.get(NAME).and_then(Value::as_str);
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        Some(Ok(Edit {
            campaign: Change::Set(campaign),
            phone: Change::Set(phone),
            name: Change::set_if(name.map(str::to_owned)),
            variables: ObjectEdit::Replace(Object::new(variables)),
            ..Edit::default()
        }))
    }
}

/// E.164; or what a spreadsheet keeps as a number, read in the region of the campaign or the workspace.
fn read_phone(cell: &Cell) -> Option<PhoneInput> {
    match cell {
        Cell::Empty => None,
        Cell::Number(digits) => PhoneInput::read(digits).ok(),
        Cell::Text(text) => {
            let phone = Phone::international(text.trim(), Separators::Refused);
            phone.ok().map(PhoneInput::International)
        }
    }
}

fn has_nul(variables: &Map<String, Value>) -> bool {
    let has = |text: &str| text.contains('\0');
    variables
        .iter()
        .any(|(name, value)| has(name) || value.as_str().is_some_and(has))
}
