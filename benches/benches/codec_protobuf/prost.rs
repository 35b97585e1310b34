//! The messages of `messages.proto` for prost, as prost-build writes them.

#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Echo {
    #[prost(string, tag = "1")]
    pub(crate) action: ::prost::alloc::string::String,
    #[prost(string, tag = "2")]
    pub(crate) msg: ::prost::alloc::string::String,
}

#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Item {
    #[prost(int64, tag = "1")]
    pub(crate) id: i64,
    #[prost(string, tag = "2")]
    pub(crate) value: ::prost::alloc::string::String,
}

#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct List {
    #[prost(message, repeated, tag = "1")]
    pub(crate) items: ::prost::alloc::vec::Vec<Item>,
}

#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Wide {
    #[prost(int64, tag = "1")]
    pub(crate) f1: i64,
    #[prost(string, tag = "2")]
    pub(crate) f2: ::prost::alloc::string::String,
    #[prost(int32, tag = "3")]
    pub(crate) f3: i32,
    #[prost(bool, tag = "4")]
    pub(crate) f4: bool,
    #[prost(double, tag = "5")]
    pub(crate) f5: f64,
    #[prost(uint64, tag = "6")]
    pub(crate) f6: u64,
    #[prost(sint32, tag = "7")]
    pub(crate) f7: i32,
    #[prost(fixed32, tag = "8")]
    pub(crate) f8: u32,
    #[prost(string, tag = "9")]
    pub(crate) f9: ::prost::alloc::string::String,
    #[prost(int64, tag = "10")]
    pub(crate) f10: i64,
    #[prost(int64, tag = "11")]
    pub(crate) f11: i64,
    #[prost(string, tag = "12")]
    pub(crate) f12: ::prost::alloc::string::String,
    #[prost(int32, tag = "13")]
    pub(crate) f13: i32,
    #[prost(bool, tag = "14")]
    pub(crate) f14: bool,
    #[prost(double, tag = "15")]
    pub(crate) f15: f64,
    #[prost(uint64, tag = "16")]
    pub(crate) f16: u64,
    #[prost(sint32, tag = "17")]
    pub(crate) f17: i32,
    #[prost(fixed32, tag = "18")]
    pub(crate) f18: u32,
    #[prost(string, tag = "19")]
    pub(crate) f19: ::prost::alloc::string::String,
    #[prost(int64, tag = "20")]
    pub(crate) f20: i64,
    #[prost(int64, tag = "21")]
    pub(crate) f21: i64,
    #[prost(string, tag = "22")]
    pub(crate) f22: ::prost::alloc::string::String,
    #[prost(int32, tag = "23")]
    pub(crate) f23: i32,
    #[prost(bool, tag = "24")]
    pub(crate) f24: bool,
    #[prost(double, tag = "25")]
    pub(crate) f25: f64,
    #[prost(uint64, tag = "26")]
    pub(crate) f26: u64,
    #[prost(sint32, tag = "27")]
    pub(crate) f27: i32,
    #[prost(fixed32, tag = "28")]
    pub(crate) f28: u32,
    #[prost(string, tag = "29")]
    pub(crate) f29: ::prost::alloc::string::String,
    #[prost(int64, tag = "30")]
    pub(crate) f30: i64,
    #[prost(int64, tag = "31")]
    pub(crate) f31: i64,
    #[prost(string, tag = "32")]
    pub(crate) f32: ::prost::alloc::string::String,
    #[prost(int32, tag = "33")]
    pub(crate) f33: i32,
    #[prost(bool, tag = "34")]
    pub(crate) f34: bool,
    #[prost(double, tag = "35")]
    pub(crate) f35: f64,
    #[prost(uint64, tag = "36")]
    pub(crate) f36: u64,
    #[prost(sint32, tag = "37")]
    pub(crate) f37: i32,
    #[prost(fixed32, tag = "38")]
    pub(crate) f38: u32,
    #[prost(string, tag = "39")]
    pub(crate) f39: ::prost::alloc::string::String,
    #[prost(int64, tag = "40")]
    pub(crate) f40: i64,
    #[prost(int64, tag = "41")]
    pub(crate) f41: i64,
    #[prost(string, tag = "42")]
    pub(crate) f42: ::prost::alloc::string::String,
    #[prost(int32, tag = "43")]
    pub(crate) f43: i32,
    #[prost(bool, tag = "44")]
    pub(crate) f44: bool,
    #[prost(double, tag = "45")]
    pub(crate) f45: f64,
    #[prost(uint64, tag = "46")]
    pub(crate) f46: u64,
    #[prost(sint32, tag = "47")]
    pub(crate) f47: i32,
    #[prost(fixed32, tag = "48")]
    pub(crate) f48: u32,
    #[prost(string, tag = "49")]
    pub(crate) f49: ::prost::alloc::string::String,
    #[prost(int64, tag = "50")]
    pub(crate) f50: i64,
    #[prost(int64, tag = "51")]
    pub(crate) f51: i64,
    #[prost(string, tag = "52")]
    pub(crate) f52: ::prost::alloc::string::String,
    #[prost(int32, tag = "53")]
    pub(crate) f53: i32,
    #[prost(bool, tag = "54")]
    pub(crate) f54: bool,
    #[prost(double, tag = "55")]
    pub(crate) f55: f64,
    #[prost(uint64, tag = "56")]
    pub(crate) f56: u64,
    #[prost(sint32, tag = "57")]
    pub(crate) f57: i32,
    #[prost(fixed32, tag = "58")]
    pub(crate) f58: u32,
    #[prost(string, tag = "59")]
    pub(crate) f59: ::prost::alloc::string::String,
    #[prost(int64, tag = "60")]
    pub(crate) f60: i64,
    #[prost(int64, tag = "61")]
    pub(crate) f61: i64,
    #[prost(string, tag = "62")]
    pub(crate) f62: ::prost::alloc::string::String,
    #[prost(int32, tag = "63")]
    pub(crate) f63: i32,
    #[prost(bool, tag = "64")]
    pub(crate) f64: bool,
    #[prost(double, tag = "65")]
    pub(crate) f65: f64,
    #[prost(uint64, tag = "66")]
    pub(crate) f66: u64,
    #[prost(sint32, tag = "67")]
    pub(crate) f67: i32,
    #[prost(fixed32, tag = "68")]
    pub(crate) f68: u32,
    #[prost(string, tag = "69")]
    pub(crate) f69: ::prost::alloc::string::String,
    #[prost(int64, tag = "70")]
    pub(crate) f70: i64,
    #[prost(int64, tag = "71")]
    pub(crate) f71: i64,
    #[prost(string, tag = "72")]
    pub(crate) f72: ::prost::alloc::string::String,
    #[prost(int32, tag = "73")]
    pub(crate) f73: i32,
    #[prost(bool, tag = "74")]
    pub(crate) f74: bool,
    #[prost(double, tag = "75")]
    pub(crate) f75: f64,
    #[prost(uint64, tag = "76")]
    pub(crate) f76: u64,
    #[prost(sint32, tag = "77")]
    pub(crate) f77: i32,
    #[prost(fixed32, tag = "78")]
    pub(crate) f78: u32,
    #[prost(string, tag = "79")]
    pub(crate) f79: ::prost::alloc::string::String,
    #[prost(int64, tag = "80")]
    pub(crate) f80: i64,
    #[prost(int64, tag = "81")]
    pub(crate) f81: i64,
    #[prost(string, tag = "82")]
    pub(crate) f82: ::prost::alloc::string::String,
    #[prost(int32, tag = "83")]
    pub(crate) f83: i32,
    #[prost(bool, tag = "84")]
    pub(crate) f84: bool,
    #[prost(double, tag = "85")]
    pub(crate) f85: f64,
    #[prost(uint64, tag = "86")]
    pub(crate) f86: u64,
    #[prost(sint32, tag = "87")]
    pub(crate) f87: i32,
    #[prost(fixed32, tag = "88")]
    pub(crate) f88: u32,
    #[prost(string, tag = "89")]
    pub(crate) f89: ::prost::alloc::string::String,
    #[prost(int64, tag = "90")]
    pub(crate) f90: i64,
    #[prost(int64, tag = "91")]
    pub(crate) f91: i64,
    #[prost(string, tag = "92")]
    pub(crate) f92: ::prost::alloc::string::String,
    #[prost(int32, tag = "93")]
    pub(crate) f93: i32,
    #[prost(bool, tag = "94")]
    pub(crate) f94: bool,
    #[prost(double, tag = "95")]
    pub(crate) f95: f64,
    #[prost(uint64, tag = "96")]
    pub(crate) f96: u64,
    #[prost(sint32, tag = "97")]
    pub(crate) f97: i32,
    #[prost(fixed32, tag = "98")]
    pub(crate) f98: u32,
    #[prost(string, tag = "99")]
    pub(crate) f99: ::prost::alloc::string::String,
    #[prost(int64, tag = "100")]
    pub(crate) f100: i64,
}
