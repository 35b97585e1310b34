//! A message of proto2 with a field of every kind, written by hand as generated code would be.

use codec::{
    Bin, DecodeError, Map, Str,
    protobuf::{Decode, Encode, Enum, Oneof, Reader, Required, Sink, UnknownFields, types},
};

/// ```proto
/// message Bird {
///     required int32 ring = 1;
///     optional string name = 2;
///     repeated sint32 offsets = 3 [packed = true];
///     repeated fixed32 sightings = 4;
///     optional Bird parent = 5;
///     repeated Bird chicks = 6;
///     map<string, sint64> weights = 7;
///     optional group Nest = 8 { … }
///     oneof place { bytes map = 9; Bird guest = 10; Colour colour = 11; }
///     optional Colour bill = 12;
///     repeated Colour feathers = 13;
///     map<int32, Colour> plumage = 14;
///     repeated double angles = 15 [packed = true];
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bird<'a> {
    pub(crate) ring: i32,
    pub(crate) name: Option<Str<'a>>,
    pub(crate) offsets: Vec<i32>,
    pub(crate) sightings: Vec<u32>,
    pub(crate) parent: Option<Box<Bird<'a>>>,
    pub(crate) chicks: Vec<Bird<'a>>,
    pub(crate) weights: Map<Str<'a>, i64>,
    pub(crate) nest: Option<Box<Bird<'a>>>,
    pub(crate) place: Option<Place<'a>>,
    pub(crate) bill: Option<Colour>,
    pub(crate) feathers: Vec<Colour>,
    pub(crate) plumage: Map<i32, Colour>,
    pub(crate) angles: Vec<f64>,
    pub(crate) unknown_fields: UnknownFields<'a>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place<'a> {
    Map(Bin<'a>),
    Guest(Box<Bird<'a>>),
    Colour(Colour),
}

/// `enum Colour { GREY = 0; WHITE = 1; }`
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Colour(pub(crate) i32);

impl Enum for Colour {
    fn from_number(number: i32) -> Self {
        Colour(number)
    }

    fn number(self) -> i32 {
        self.0
    }

    fn is_known(self) -> bool {
        matches!(self.0, 0 | 1)
    }
}

impl<'a> Decode<'a> for Bird<'a> {
    fn merge(&mut self, r: &mut Reader<'a>) -> Result<(), DecodeError> {
        let unknown = &mut self.unknown_fields;
        let mut required = Required::<1>::begin(r, unknown);
        while let Some(tag) = r.tag()? {
            match tag {
                8 => {
                    self.ring = r.read::<types::Int32>()?;
                    required.set(0);
                }
                18 => self.name = Some(r.read::<types::String>()?),
                24 => r.repeated::<types::Sint32>(&mut self.offsets)?,
                26 => r.packed::<types::Sint32>(&mut self.offsets)?,
                37 => r.repeated::<types::Fixed32>(&mut self.sightings)?,
                34 => r.packed::<types::Fixed32>(&mut self.sightings)?,
                42 => r.message(&mut self.parent)?,
                50 => r.messages(&mut self.chicks)?,
                58 => r.map::<types::String, types::Sint64>(&mut self.weights)?,
                67 => r.group(8, &mut self.nest)?,
                74 | 82 | 88 => r.oneof(tag, &mut self.place, unknown)?,
                96 => {
                    if let Some(value) = r.closed(tag, unknown)? {
                        self.bill = Some(value);
                    }
                }
                104 => r.closed_repeated(tag, &mut self.feathers, unknown)?,
                106 => r.closed_packed(tag, &mut self.feathers, unknown)?,
                114 => r.closed_map::<types::Int32, _>(tag, &mut self.plumage, unknown)?,
                121 => r.repeated::<types::Double>(&mut self.angles)?,
                122 => r.packed::<types::Double>(&mut self.angles)?,
                _ if r.unknown(tag, unknown)? => {}
                _ => break,
            }
        }
        required.end(1, r, unknown);
        Ok(())
    }

    fn check_required(&self) -> Result<(), DecodeError> {
        self.unknown_fields.check_required(|_| "Bird.ring")?;
        for bird in self.parent.iter().chain(&self.nest) {
            bird.check_required()?;
        }
        for bird in &self.chicks {
            bird.check_required()?;
        }
        self.place.as_ref().map_or(Ok(()), Place::check_required)
    }
}

impl Encode for Bird<'_> {
    fn encode<S: Sink>(&self, s: &mut S) {
        s.field::<types::Int32>(8, &self.ring);
        s.optional::<types::String>(18, &self.name);
        s.packed::<types::Sint32>(26, &self.offsets);
        s.repeated::<types::Fixed32>(37, &self.sightings);
        s.message(42, &self.parent);
        s.messages(50, &self.chicks);
        s.map::<types::String, types::Sint64>(58, &self.weights);
        s.group(67, &self.nest);
        s.oneof(&self.place);
        s.optional::<types::Enumeration<_>>(96, &self.bill);
        s.repeated::<types::Enumeration<_>>(104, &self.feathers);
        s.map::<types::Int32, types::Enumeration<_>>(114, &self.plumage);
        s.packed::<types::Double>(122, &self.angles);
        s.unknown(&self.unknown_fields);
    }
}

impl<'a> Oneof<'a> for Place<'a> {
    fn merge(
        tag: u32,
        slot: &mut Option<Self>,
        r: &mut Reader<'a>,
        unknown: &mut UnknownFields<'a>,
    ) -> Result<(), DecodeError> {
        match tag {
            74 => *slot = Some(Place::Map(r.read::<types::Bytes>()?)),
            82 => match slot {
                Some(Place::Guest(guest)) => r.merge_message(guest, false)?,
                _ => *slot = Some(Place::Guest(r.read::<types::Message<_>>()?)),
            },
            88 => {
                if let Some(colour) = r.closed(tag, unknown)? {
                    *slot = Some(Place::Colour(colour));
                }
            }
            _ => r.unknown(tag, unknown).map(drop)?,
        }
        Ok(())
    }

    fn check_required(&self) -> Result<(), DecodeError> {
        match self {
            Place::Guest(guest) => guest.check_required(),
            _ => Ok(()),
        }
    }
}

impl Encode for Place<'_> {
    fn encode<S: Sink>(&self, s: &mut S) {
        match self {
            Place::Map(value) => s.field::<types::Bytes>(74, value),
            Place::Guest(value) => s.field::<types::Message<_>>(82, value),
            Place::Colour(value) => s.field::<types::Enumeration<_>>(88, value),
        }
    }
}
