/** What the script adds to the pages of staff. Those pages load the common script too. */
export {};
