//! Serialization that rejects NaN and infinity: JSON has no such numbers, and `serde_json` writes `null` for them.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use serde_json::Value;

/// Writes a value as JSON. A number that is not finite is an error, at any depth.
pub(super) fn write_json(writer: impl std::io::Write, value: &impl Serialize) -> Result<(), String> {
    value.serialize(Finite(&mut serde_json::Serializer::new(writer))).map_err(|error| error.to_string())
}

/// Converts a value to JSON. A number that is not finite is an error, at any depth.
pub(super) fn to_value(value: &(impl Serialize + ?Sized)) -> Result<Value, serde_json::Error> {
    value.serialize(Finite(serde_json::value::Serializer))
}

/// A serializer, or a value in it: passes everything on, except numbers that are not finite.
struct Finite<S>(S);

/// A value that is serialized with [`Finite`], as all values inside it are.
impl<T: Serialize + ?Sized> Serialize for Finite<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Finite(serializer))
    }
}

fn check<E: Error>(number: f64) -> Result<(), E> {
    if number.is_finite() {
        return Ok(());
    }
    Err(E::custom(format_args!("expected a finite number, found {number}, which JSON cannot represent")))
}

macro_rules! pass_on {
    ($($method:ident($($name:ident: $ty:ty),*);)*) => {$(
        fn $method(self, $($name: $ty),*) -> Result<S::Ok, S::Error> {
            self.0.$method($($name),*)
        }
    )*};
}

macro_rules! compound {
    ($($method:ident($($name:ident: $ty:ty),*) -> $compound:ident;)*) => {$(
        fn $method(self, $($name: $ty),*) -> Result<Self::$compound, S::Error> {
            self.0.$method($($name),*).map(Finite)
        }
    )*};
}

impl<S: Serializer> Serializer for Finite<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Finite<S::SerializeSeq>;
    type SerializeTuple = Finite<S::SerializeTuple>;
    type SerializeTupleStruct = Finite<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Finite<S::SerializeTupleVariant>;
    type SerializeMap = Finite<S::SerializeMap>;
    type SerializeStruct = Finite<S::SerializeStruct>;
    type SerializeStructVariant = Finite<S::SerializeStructVariant>;

    pass_on! {
        serialize_bool(v: bool);
        serialize_i8(v: i8);
        serialize_i16(v: i16);
        serialize_i32(v: i32);
        serialize_i64(v: i64);
        serialize_i128(v: i128);
        serialize_u8(v: u8);
        serialize_u16(v: u16);
        serialize_u32(v: u32);
        serialize_u64(v: u64);
        serialize_u128(v: u128);
        serialize_char(v: char);
        serialize_str(v: &str);
        serialize_bytes(v: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    compound! {
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeStructVariant;
    }

    fn serialize_f32(self, v: f32) -> Result<S::Ok, S::Error> {
        check(v.into())?;
        self.0.serialize_f32(v)
    }

    fn serialize_f64(self, v: f64) -> Result<S::Ok, S::Error> {
        check(v)?;
        self.0.serialize_f64(v)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Finite(value))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Finite(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Finite(value))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.collect_str(value)
    }
}

/// The parts of an array, an object, and so on: each value inside is checked too.
macro_rules! parts {
    ($($part:ident: $method:ident;)*) => {$(
        impl<S: $part> $part for Finite<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.$method(&Finite(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

macro_rules! named_parts {
    ($($part:ident;)*) => {$(
        impl<S: $part> $part for Finite<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                self.0.serialize_field(name, &Finite(value))
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                self.0.skip_field(name)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}

named_parts! {
    SerializeStruct;
    SerializeStructVariant;
}

impl<S: SerializeMap> SerializeMap for Finite<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        // `serde_json` itself rejects a key that is not finite.
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Finite(value))
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), S::Error> {
        self.0.serialize_entry(key, &Finite(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use serde_json::value::RawValue;

    use super::*;

    /// A value of every kind that serde knows, each with a number inside.
    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(f64),
        Tuple(u8, f64),
        Struct { number: f64, none: Option<u8> },
    }

    #[derive(Serialize)]
    struct Newtype(f32);

    #[derive(Serialize)]
    struct Tuple(f64, char);

    fn both(value: &impl Serialize) -> Result<String, String> {
        let mut written = Vec::new();
        let text = write_json(&mut written, value).map(|()| String::from_utf8(written).unwrap());
        let converted = to_value(value).map_err(|error| error.to_string());
        assert_eq!(text.clone().err(), converted.err());
        text
    }

    /// Each place of a number in a value.
    fn places(number: f64) -> Vec<Result<String, String>> {
        vec![
            both(&number),
            both(&(number as f32)),
            both(&Some(number)),
            both(&vec![0.0, number]),
            both(&(1, number)),
            both(&Newtype(number as f32)),
            both(&Tuple(number, 'c')),
            both(&Kind::Newtype(number)),
            both(&Kind::Tuple(1, number)),
            both(&Kind::Struct { number, none: None }),
            both(&BTreeMap::from([("key", vec![Some(number)])])),
        ]
    }

    #[test]
    fn a_number_that_is_not_finite_is_rejected_at_any_depth() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for written in places(number) {
                let error = written.unwrap_err();
                assert!(error.contains(&format!("expected a finite number, found {number}")), "{error}");
            }
        }
        assert!(places(1.5).iter().all(Result::is_ok));
    }

    #[test]
    fn everything_else_is_written_as_without_it() {
        let raw = RawValue::from_string("{ \"a\" : 1 }".to_owned()).unwrap();
        let map = BTreeMap::from([(1, Some("a")), (2, None)]);
        for (written, plain) in [
            (both(&Kind::Unit), serde_json::to_string(&Kind::Unit)),
            (
                both(&Kind::Struct { number: 1.5, none: None }),
                Ok(r#"{"Struct":{"number":1.5,"none":null}}"#.to_owned()),
            ),
            (both(&map), serde_json::to_string(&map)),
            (both(&0.1_f32), Ok("0.1".to_owned())),
            (both(&u128::from(u64::MAX)), Ok(u64::MAX.to_string())),
            (both(&raw), Ok("{ \"a\" : 1 }".to_owned())),
            (both(&json!({"a": [1, "b", null, true, 1.5]})), Ok(r#"{"a":[1,"b",null,true,1.5]}"#.to_owned())),
        ] {
            assert_eq!(written.unwrap(), plain.unwrap());
        }
    }

    /// A map that is written in halves, as a serializer by hand does it.
    struct Halves(f64);

    impl Serialize for Halves {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_key("number")?;
            map.serialize_value(&self.0)?;
            map.end()
        }
    }

    #[test]
    fn a_map_in_halves_is_a_map() {
        assert_eq!(both(&Halves(1.5)).unwrap(), r#"{"number":1.5}"#);
        assert!(both(&Halves(f64::NAN)).unwrap_err().contains("expected a finite number, found NaN"));
    }
}
