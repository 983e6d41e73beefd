// What Streamlit loads for the list of runs.

import { mount } from "../common/mount.js";
import { RunsList } from "./runs.js";

export default mount(RunsList);
