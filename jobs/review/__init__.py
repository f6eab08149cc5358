"""Review of dead letters: what people do with them, one by one and in bulk.

Letters and who acts come in; rows that wait for the lane, or are put aside, go out. Keeps promise 3: what may
have been charged is sent again only with an approval, and each row keeps its proof.
"""
