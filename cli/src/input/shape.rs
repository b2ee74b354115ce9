//! What an item consists of: the type is asked, as if an item were read.

use bulk_endpoint::dynamic::DynamicValue;
use serde::de::value::Error;
use serde::de::{Deserializer, Error as _, Visitor};

/// What an item consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemShape {
    /// One value: a text or a number.
    Value,
    /// Fields with these names.
    Fields(&'static [&'static str]),
    /// Fields whose names only the type knows.
    Open,
}

impl ItemShape {
    /// The shape of a type.
    pub(crate) fn of<T: DynamicValue>() -> Self {
        let mut shape = ItemShape::Value;
        // It always ends in an error: there is no item.
        let _ = T::deserialize(Probe(&mut shape));
        shape
    }
}

struct Probe<'s>(&'s mut ItemShape);

impl Probe<'_> {
    fn is<V>(self, shape: ItemShape) -> Result<V, Error> {
        *self.0 = shape;
        Err(Error::custom("there is no item"))
    }
}

macro_rules! values {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            self.is(ItemShape::Value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    values! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_seq deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.is(ItemShape::Open)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.is(ItemShape::Open)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.is(ItemShape::Open)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Error> {
        self.is(ItemShape::Value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        self.is(ItemShape::Value)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, _: V) -> Result<V::Value, Error> {
        self.is(ItemShape::Value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.is(ItemShape::Fields(fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.is(ItemShape::Value)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn a_type_tells_its_shape() {
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct Id(Option<String>);
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[allow(dead_code)]
        struct Record {
            user_id: Id,
            r#type: String,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        #[allow(dead_code)]
        enum Either {
            One(String),
            Other { a: u8 },
        }
        assert_eq!(ItemShape::of::<Id>(), ItemShape::Value);
        assert_eq!(ItemShape::of::<u64>(), ItemShape::Value);
        assert_eq!(ItemShape::of::<Record>(), ItemShape::Fields(&["userId", "type"]));
        assert_eq!(ItemShape::of::<Either>(), ItemShape::Open);
    }
}
