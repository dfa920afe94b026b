//! What clients should not send: values, bodies and ids, one to a line where they fit on one.

use serde_json::Value;

use crate::routes::Names;

/// JSON values, and texts that are none, that some member or every one cannot take.
const VALUES: &str = r#"
null
true
false
0
-0
-1
1.5
1e999
-1e999
1e-999
1E400
18446744073709551615
18446744073709551616
-9223372036854775809
9007199254740993
99999999999999999999999999999999999999999
0.1e1
""
" "
"\t\n"
"\u0000"
"a\u0000b"
"\ud800"
"\udc00\ud800"
"\uffff"
"🦀"
"1"
"-1"
"1e9"
"+"
"+1"
"+0000000000"
"null"
"NaN"
"2026-13-45T99:99:99Z"
"9999-12-31T23:59:59.999999999Z"
"-0001-01-01T00:00:00Z"
"0000-00-00T00:00:00+99:99"
"2016-12-31T23:59:60Z"
NaN
Infinity
-
01
1.
.5
+1
'a'
undefined
tru
[]
[null]
[[]]
[0]
[-1]
[1.5]
[1e999]
["a"]
[true]
[{}]
[18446744073709551616]
[1,1,1]
{}
{"":1}
{"a":{}}
{"a":null}
{"a.b":[1]}
{"__proto__":{"a":1}}
{"constructor":1}
{"$ref":"a"}
{"a\u0000":1}
{"a":"\u0000"}
{"a":1e999}
{"a":1,"a":2}
{"a":[{"b":[{}]}]}
{"add":[1]}
{"add":1}
{"add":[1],"remove":[1]}
{"number":1e999}
{"number":null}
{"text":1}
{"select":0}
{"date":"2026-02-30"}
{"1":{"number":1}}
{"$serde_json::private::Number":"1"}
{"$serde_json::private::Number":"x"}
{"$serde_json::private::Number":1}
{"$serde_json::private::RawValue":"1"}
"#;

/// Bodies that are no JSON object.
const BODIES: &str = r#"
null
true
1
1e999
"a"
[]
[{}]
{
}
{]
{}{}
{},
{"a"}
{"a":}
{"a":1,}
{a:1}
{'a':1}
{"a":1}x
// a
/**/{}
<html></html>
a=1&b=2
--x--
{"a":"\x"}
{"a":"\u12"}
"#;

/// Ids that nothing has, and texts that are no ids.
pub(super) const IDS: &str = "
0
-1
+1
01
1.0
1e3
9007199254740992
18446744073709551615
18446744073709551616
abc
%00
%ff%fe
%2e%2e
%2F
a%2Fb
%
%zz
%u0041
%E2%82
..
.
~
null
undefined
NaN
%20
+
1;2
1,2
'
%22
%3Cscript%3E
000000000000000000000000
ffffffffffffffffffffffff
zzzzzzzzzzzzzzzzzzzzzzzz
lead_
lead_000000000000
lead_zzzzzzzzzzzz
cmp_
_
lead_AAAAAAAAAAAA
123e4567-e89b-12d3-a456-426614174000
";

/// The lines of a table above.
pub(super) fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.is_empty())
}

fn values() -> Vec<String> {
    let mut values: Vec<_> = lines(VALUES).map(str::to_owned).collect();
    values.push("\"\u{202e}\u{feff}\"".to_owned());
    for length in [256, 16_385, 70_000] {
        values.push(format!("\"{}\"", "x".repeat(length)));
        values.push(format!("\"{}\"", "é".repeat(length)));
        values.push("9".repeat(length));
    }
    for count in [101, 600, 20_000] {
        values.push(format!("[{}1]", "1,".repeat(count)));
        let members: Vec<_> = (0..count).map(|n| format!("\"k{n}\":{n}")).collect();
        values.push(format!("{{{}}}", members.join(",")));
    }
    for depth in [30, 31, 32, 33, 127, 128, 129, 10_000] {
        let (array, object) = ("[".repeat(depth), r#"{"a":"#.repeat(depth));
        values.push(format!("{array}{}", "]".repeat(depth)));
        values.push(format!("{object}1{}", "}".repeat(depth)));
        values.extend([array, object]);
    }
    values
}

/// The paths of every member inside, the root first.
pub(super) fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                pointers(value, &format!("{at}/{}", key.replace('~', "~0")), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The bodies that come from this one with one value replaced by a text that need not be JSON.
pub(super) fn members(body: &Value, names: &Names) -> Vec<Vec<u8>> {
    const PLACE: &str = "\"@evil@\"";
    let (mut places, values) = (Vec::new(), values());
    pointers(body, "", &mut places);
    let mut bodies = Vec::new();
    for place in places {
        let mut changed = body.clone();
        *changed.pointer_mut(&place).expect("a place in it") = "@evil@".into();
        let text = names.fill(&changed.to_string());
        let replaced = values
            .iter()
            .map(|evil| text.replace(PLACE, evil).into_bytes());
        bodies.extend(replaced);
    }
    bodies
}

/// Bodies that no route takes; some begin as the valid one does.
pub(super) fn bodies(valid: &[u8]) -> Vec<Vec<u8>> {
    // Of broken UTF-8: a lone continuation, an overlong slash, a surrogate, a cut sequence, beyond U+10FFFF.
    const BROKEN: [&[u8]; 6] = [
        b"\x80",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xe2\x82",
        b"\xf4\x90\x80\x80",
        b"\xff\xfe",
    ];
    let lines = lines(BODIES).chain(["", "\u{feff}{}", " ", "\r\n\t", "{\"a\":\"\n\"}"]);
    let mut bodies: Vec<_> = lines.map(|line| line.as_bytes().to_vec()).collect();
    for broken in BROKEN {
        bodies.push([b"{\"a\":\"", broken, b"\"}"].concat());
        bodies.push([b"{\"", broken, b"\":1}"].concat());
    }
    bodies.push(valid[..valid.len() - 1].to_vec());
    bodies.push([valid, valid].concat());
    // UTF-16.
    bodies.push(valid.iter().flat_map(|byte| [*byte, 0]).collect());
    bodies.push(format!("{{\"a\":\"{}\"}}", "x".repeat(1_500_000)).into_bytes());
    bodies.push(vec![b' '; 1_500_000]);
    bodies.push("[".repeat(1_500_000).into_bytes());
    bodies.push(vec![0; 1_000]);
    bodies
}
