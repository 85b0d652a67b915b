/* contract.h: numbers of cl/CONTRACT.md that several rooms need. Stream purposes: clonal/random.h.
 */
#ifndef CLONAL_BASE_CONTRACT_H
#define CLONAL_BASE_CONTRACT_H

/* Terms of a chain; a longer sum is cut into blocks of so many (section 2). */
#define CLONAL__CHAIN_BLOCK 1024

#endif
