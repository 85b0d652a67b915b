/* tfevents.h: TensorBoard's event files: Event messages (tensorflow/core/util/event.proto) in
 * TFRecord framing (tensorflow/core/lib/io/record_writer.h). */
#ifndef TOOLS_SUPPORT_TFEVENTS_H
#define TOOLS_SUPPORT_TFEVENTS_H

#include <stddef.h>
#include <stdint.h>

/* A file that is being written. Each event is handed to the system as soon as it is whole, so that
 * a process that is killed leaves a file whose readers see all events but the one in work. */
typedef struct tfevents tfevents;

/* Makes a new file in the folder, which must be there, named as TensorBoard looks for it:
 * events.out.tfevents.<seconds>.<host>.<process>.<number>. Free with tfevents_close. These return
 * 0, or an exit code after a message; *file is then NULL. */
int tfevents_open(const char *folder, tfevents **file);

typedef struct tfevents_scalar {
    const char *tag; /* UTF-8; TensorBoard groups by what stands before the first '/' */
    double value;    /* kept as binary32 */
} tfevents_scalar;
/* Scalars (count) of a step. wall_time: seconds since 1970. */
int tfevents_scalars(tfevents *file, double wall_time, int64_t step, const tfevents_scalar *scalars,
                     size_t count);
/* Tells readers to forget what earlier files of the folder have of steps from `step` on. */
int tfevents_restart(tfevents *file, double wall_time, int64_t step);

/* NULL is legal. */
void tfevents_close(tfevents *file);

#endif
