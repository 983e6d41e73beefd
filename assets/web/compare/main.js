// What Streamlit loads for the comparison.

import { mount } from "../common/mount.js";
import { Compare } from "./compare.js";

export default mount(Compare);
