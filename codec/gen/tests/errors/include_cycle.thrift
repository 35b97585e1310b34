include "include_cycle_back.thrift"

struct A { 1: include_cycle_back.B b }
