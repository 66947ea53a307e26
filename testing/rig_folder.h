/* rig_folder.h - a folder of the test's own, for cmocka's groups. One at a time. */
#ifndef TESTING_RIG_FOLDER_H
#define TESTING_RIG_FOLDER_H

/* Make the folder, in TMPDIR or /tmp, and let rig_command use it. */
int rig_folder_begin(void **state);
/* Remove the files of which the test has asked the path, and the folder. Not 0 if a command has left anything else. */
int rig_folder_end(void **state);

/* The path of a file in it; good for the whole test. */
const char *rig_path(const char *name);

#endif
