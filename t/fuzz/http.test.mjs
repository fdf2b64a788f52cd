// The short pass of t/fuzz/http: the same requests each time, so that what
// fails can be looked at; "make fuzz-http" sends others.

import { fuzzHttp } from './http/fuzz.mjs';


await fuzzHttp(1500, 20261123);
