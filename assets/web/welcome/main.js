// What Streamlit loads for the top of the page that a newcomer sees.

import { mount } from "../common/mount.js";
import { Welcome } from "./welcome.js";

export default mount(Welcome);
