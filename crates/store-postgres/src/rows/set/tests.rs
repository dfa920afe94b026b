//! The statements made of a table's columns, and how a set is cut.

use std::sync::LazyLock;

use super::Kind::{Boolean, Integer, Text};
use super::{Rows, Spec, Statements};

static PETS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(Spec {
        table: "pets",
        columns: vec![("id", Integer), ("name", Text), ("is_good", Boolean)],
        computed: None,
        ending: "ON CONFLICT DO NOTHING",
        what: "pet",
    })
});

#[test]
fn statements_take_the_workspace_first() {
    assert_eq!(
        PETS.insert_set(),
        "INSERT INTO pets (workspace_id, id, name, is_good) SELECT $1::bigint, new.id, new.name, new.is_good \
         FROM unnest($2::bigint[], $3::text[], $4::boolean[]) AS new (id, name, is_good) ON CONFLICT DO NOTHING"
    );
    assert_eq!(
        PETS.insert_values(2),
        "INSERT INTO pets (workspace_id, id, name, is_good) VALUES ($1, $2, $3, $4), ($1, $5, $6, $7) \
         ON CONFLICT DO NOTHING"
    );
    assert_eq!(
        PETS.update_set(),
        "UPDATE pets AS old SET name = new.name, is_good = new.is_good \
         FROM unnest($2::bigint[], $3::text[], $4::boolean[]) AS new (id, name, is_good) \
         WHERE old.workspace_id = $1 AND old.id = new.id"
    );
    assert_eq!(
        PETS.update_one(),
        "UPDATE pets SET name = $3, is_good = $4 WHERE workspace_id = $1 AND id = $2"
    );
}

#[test]
fn a_column_can_be_computed_of_the_row() {
    let statements = Statements::new(Spec {
        table: "pets",
        columns: vec![("id", Integer), ("is_good", Boolean)],
        computed: Some(("is_good", "new.is_good AND new.id > 7")),
        ending: "",
        what: "pet",
    });
    assert_eq!(
        statements.insert_set(),
        "INSERT INTO pets (workspace_id, id, is_good) SELECT $1::bigint, new.id, new.is_good AND new.id > 7 \
         FROM unnest($2::bigint[], $3::boolean[]) AS new (id, is_good) "
    );
    assert_eq!(
        statements.insert_values(1),
        "INSERT INTO pets (workspace_id, id, is_good) VALUES ($1, $2, $3) "
    );
}

#[test]
fn a_set_is_cut_into_powers_of_two() {
    let mut rows = Rows::new(&PETS);
    let mut sizes = Vec::new();
    for id in 0..77 {
        rows.integer(id);
        rows.text("Rex");
        rows.boolean(true);
        sizes = rows.chunks().iter().map(ExactSizeIterator::len).collect();
    }
    assert_eq!(sizes, [32, 32, 8, 4, 1]);
    assert_eq!(rows.values(3..5).len(), 6);
    assert_eq!(rows.arrays().len(), 3);
}
