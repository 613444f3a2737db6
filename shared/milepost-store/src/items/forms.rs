use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

/// A list in a bundle's CBOR.
pub(super) enum Forms<'a, T> {
    /// To be encoded, or decoded.
    Plain(Vec<T>),
    /// Encoded before, one behind the other: a draft's are not decoded only to be encoded again.
    Encoded {
        /// The forms.
        bytes: &'a [u8],
        /// How many they are.
        count: usize,
    },
}

impl<T> Forms<'_, T> {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Plain(forms) => forms.is_empty(),
            Self::Encoded { count, .. } => *count == 0,
        }
    }

    /// Those of a list that was decoded.
    pub(super) fn plain(&self) -> &[T] {
        match self {
            Self::Plain(forms) => forms,
            Self::Encoded { .. } => &[],
        }
    }
}

impl<T> Default for Forms<'_, T> {
    fn default() -> Self {
        Self::Plain(Vec::new())
    }
}

impl<C, T: Encode<C>> Encode<C> for Forms<'_, T> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, context: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Plain(forms) => forms.encode(e, context),
            Self::Encoded { bytes, count } => {
                e.array(*count as u64)?;
                e.writer_mut().write_all(bytes).map_err(encode::Error::write)
            }
        }
    }
}

impl<'b, C, T: Decode<'b, C>> Decode<'b, C> for Forms<'_, T> {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        Vec::decode(d, context).map(Self::Plain)
    }
}
