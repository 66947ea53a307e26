/* page_files.h - the style sheet and the script of a page, which the build embeds: page.css and page.js. */
#ifndef HOST_REPORT_PAGE_FILES_H
#define HOST_REPORT_PAGE_FILES_H

extern const char page_css[], page_js[];

#endif
