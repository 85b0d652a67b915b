# fish completion for clonal(1)

set -l verbs train eval predict export import sweep plot experiment report devices verify reproduce diff graph tune bench rng mask dropout cache help
function __clonal_verb
    __fish_seen_subcommand_from $argv
end

complete -c clonal -f
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -l version -d 'show versions'
complete -c clonal -s h -l help -d 'show help'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a train -d 'train a dropout network'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a eval -d 'loss and accuracy of a trained network'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a predict -d 'classes and probabilities for images'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a export -d "a trained network as another framework's file"
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a import -d "another framework's file as weights"
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a sweep -d 'many runs as one, with means and intervals'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a plot -d 'the curves of one or more runs, or of a sweep'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a experiment -d "the chapter's exercises as experiments"
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a report -d 'a run, a sweep or experiments as one page'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a devices -d 'list the OpenCL devices'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a verify -d 'whether devices keep the contract'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a reproduce -d 'train a run again and compare'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a diff -d 'where two runs part'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a tune -d 'plan matrix products ahead'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a graph -d "a perceptron's graph as text"
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a bench -d 'figures of this machine'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a rng -d 'random words of Philox4x32-10'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a mask -d 'a dropout mask'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a dropout -d 'an array through dropout'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a cache -d 'what is kept on disk'
complete -c clonal -n "not __fish_seen_subcommand_from $verbs" -a help -d 'help for a verb, or the exit codes'

complete -c clonal -n '__clonal_verb train sweep eval predict verify reproduce diff tune bench mask dropout' -l device -x -a 'cpu gpu accelerator' -d device
complete -c clonal -n '__clonal_verb rng' -l device -x -a 'host cpu gpu accelerator' -d 'device or host'
complete -c clonal -n '__clonal_verb train sweep eval predict verify reproduce diff bench' -l data -x -a '(__fish_complete_directories; __fish_complete_suffix .npz)' -d 'folder of IDX files, or .npz'
complete -c clonal -n "__clonal_verb train eval predict verify reproduce diff tune bench rng mask dropout cache; or not __fish_seen_subcommand_from $verbs" -l cache -x -a '(__fish_complete_directories)' -d 'folder of the cache'
complete -c clonal -n '__clonal_verb train rng mask dropout' -l seed -x -d '64 bits'
complete -c clonal -n '__clonal_verb eval predict' -l seed -x -d 'of the masks'
complete -c clonal -n '__clonal_verb eval predict' -l mc -x -d 'passes with dropout on'
complete -c clonal -n '__clonal_verb eval' -l per-sample -r -F -d "each sample's loss and outputs"
complete -c clonal -n '__clonal_verb eval' -l rotate -x -d 'angles of the images'
complete -c clonal -n '__clonal_verb eval' -l noise -x -d 'deviations of normal noise'
complete -c clonal -n '__clonal_verb eval' -l reliability -r -F -d 'figure of accuracy by confidence'
complete -c clonal -n '__clonal_verb eval' -l dropout -d 'one pass with dropout on'
complete -c clonal -n '__clonal_verb eval predict devices verify diff tune dropout cache' -l json -d 'print JSON'
complete -c clonal -n '__clonal_verb eval predict export import sweep plot reproduce diff' -F

complete -c clonal -n '__clonal_verb experiment' -a 'list 1 2 3 4 5 6 7' -d 'which one'
complete -c clonal -n '__clonal_verb experiment' -s o -l out -x -a '(__fish_complete_directories)' -d "the experiment's folder"
complete -c clonal -n '__clonal_verb experiment' -l quick -d 'fewer samples and epochs: a minute'
complete -c clonal -n '__clonal_verb experiment' -l seeds -x -d 'seeds of each setting'
complete -c clonal -n '__clonal_verb experiment' -l limit -x -d 'first samples of each split alone'
complete -c clonal -n '__clonal_verb experiment' -l data -x -a '(__fish_complete_directories; __fish_complete_suffix .npz)' -d 'folder of IDX files, or .npz'
complete -c clonal -n '__clonal_verb experiment' -l device -x -a 'cpu gpu accelerator' -d device
complete -c clonal -n '__clonal_verb experiment' -l cache -x -a '(__fish_complete_directories)' -d 'folder of the cache'
complete -c clonal -n '__clonal_verb experiment' -s q -l quiet -d 'show no progress'
complete -c clonal -n '__clonal_verb report' -s o -l output -r -F -d 'the page: .html or .md'
complete -c clonal -n '__clonal_verb report' -F

complete -c clonal -n '__clonal_verb train sweep' -s o -l out -x -a '(__fish_complete_directories)' -d "the run's folder"
complete -c clonal -n '__clonal_verb train' -l resume -d 'go on with a run'
complete -c clonal -n '__clonal_verb train sweep' -l epochs -x -d 'passes over the data'
complete -c clonal -n '__clonal_verb train sweep tune' -l batch -x -d 'samples a step'
complete -c clonal -n '__clonal_verb train sweep' -l seed-init -x -d 'of the initial weights alone'
complete -c clonal -n '__clonal_verb train sweep' -l seed-dropout -x -d 'of the masks alone'
complete -c clonal -n '__clonal_verb train sweep' -l seed-shuffle -x -d 'of the order of the samples alone'
complete -c clonal -n '__clonal_verb train sweep' -l flavor -x -a 'pytorch mxnet flax keras' -d 'whose initial weights'
complete -c clonal -n '__clonal_verb train sweep' -l init -x -a 'fan-in-uniform uniform normal lecun-uniform lecun-normal glorot-uniform glorot-normal he-uniform he-normal' -d 'rule of initial weights'
complete -c clonal -n '__clonal_verb train sweep' -l limit -x -d 'first samples of each split alone'
complete -c clonal -n '__clonal_verb train sweep' -l validate -x -d 'share of the training data held out'
complete -c clonal -n '__clonal_verb train sweep' -l early-stop -x -d 'epochs without a lower val loss'
complete -c clonal -n '__clonal_verb train sweep' -l checkpoint-steps -x -d 'steps between checkpoints'
complete -c clonal -n '__clonal_verb train sweep' -l lr -x -d 'learning rate'
complete -c clonal -n '__clonal_verb train sweep' -l momentum -x -d 'of SGD'
complete -c clonal -n '__clonal_verb train sweep' -l weight-decay -x -d 'of every optimizer'
complete -c clonal -n '__clonal_verb train sweep' -l optimizer -x -a 'sgd adam adamw' -d 'how weights move'
complete -c clonal -n '__clonal_verb train sweep' -l beta -x -d 'of adam and adamw'
complete -c clonal -n '__clonal_verb train sweep' -l eps -x -d 'of adam and adamw'
complete -c clonal -n '__clonal_verb train sweep' -l schedule -x -a 'constant step cosine' -d 'of the learning rate'
complete -c clonal -n '__clonal_verb train sweep' -l warmup -x -d 'steps in which the rate rises'
complete -c clonal -n '__clonal_verb train sweep' -l schedule-steps -x -d 'where cosine ends'
complete -c clonal -n '__clonal_verb train sweep' -l schedule-every -x -d 'steps between those of step'
complete -c clonal -n '__clonal_verb train sweep' -l schedule-gamma -x -d 'factor of each of them'
complete -c clonal -n '__clonal_verb train sweep' -l dropout-schedule -x -a 'constant linear exponential' -d 'of the probability of dropping'
complete -c clonal -n '__clonal_verb train sweep' -l dropout-steps -x -d 'steps in which it grows from 0'
complete -c clonal -n '__clonal_verb train sweep' -l graph -r -F -d 'the network as text'
complete -c clonal -n '__clonal_verb train sweep graph tune' -l hidden -x -d 'widths of the hidden layers'
complete -c clonal -n '__clonal_verb train sweep graph' -l dropout -x -d 'after each hidden layer'
complete -c clonal -n '__clonal_verb train sweep graph' -l dropout-kind -x -a 'dropout gaussian alpha spatial connect' -d 'what drops'
complete -c clonal -n '__clonal_verb train sweep graph' -l activation -x -a 'relu sigmoid tanh gelu silu selu' -d 'of the hidden layers'
complete -c clonal -n '__clonal_verb train sweep graph' -l loss -x -a 'cross-entropy mse' -d loss
complete -c clonal -n '__clonal_verb train sweep graph' -l input-noise -x -a 'gaussian: uniform:' -d 'added in training'
complete -c clonal -n '__clonal_verb train sweep tune' -l gemm -x -a 'auto clblast native' -d 'who multiplies matrices'
complete -c clonal -n '__clonal_verb train sweep' -l allow-inexact -d 'take a --gemm that breaks the contract'
complete -c clonal -n '__clonal_verb train sweep' -l no-fusion -d 'keep launches apart'
complete -c clonal -n '__clonal_verb train' -l record -d 'digests of every step'
complete -c clonal -n '__clonal_verb train sweep' -l watch -d 'statistics of every layer'
complete -c clonal -n '__clonal_verb train' -l live -r -F -d 'figure that is redrawn'
complete -c clonal -n '__clonal_verb train' -l tensorboard -x -a '(__fish_complete_directories)' -d 'folder of event files'
complete -c clonal -n '__clonal_verb train' -l explain -d 'print the compiled step'
complete -c clonal -n '__clonal_verb train' -l profile -r -F -d 'trace of host and device'
complete -c clonal -n '__clonal_verb train' -l profile-steps -x -d 'of which first steps'
complete -c clonal -n '__clonal_verb train sweep' -s q -l quiet -d 'print the last line only'

complete -c clonal -n '__clonal_verb reproduce' -s o -l out -x -a '(__fish_complete_directories)' -d 'keep the new run'
complete -c clonal -n '__clonal_verb reproduce' -s q -l quiet -d 'print the verdict only'
complete -c clonal -n '__clonal_verb diff' -l device-b -x -a 'cpu gpu accelerator' -d 'device of the second run'
complete -c clonal -n '__clonal_verb verify' -l all -d 'every device'
complete -c clonal -n '__clonal_verb verify' -l small -d 'the small cases only'
complete -c clonal -n '__clonal_verb verify' -l stop -d 'at the first difference'
complete -c clonal -n '__clonal_verb verify' -l full -d "also large products, and the chapter's ten epochs"
complete -c clonal -n '__clonal_verb graph tune' -l inputs -x -d 'the shape of a sample, or its values'
complete -c clonal -n '__clonal_verb graph tune' -l classes -x -d outputs
complete -c clonal -n '__clonal_verb tune' -l train -x -d 'training samples'
complete -c clonal -n '__clonal_verb tune' -l test -x -d 'validation samples'
complete -c clonal -n '__clonal_verb tune' -l quick -d 'take what is known'
complete -c clonal -n '__clonal_verb bench' -l peers -x -a '(__fish_complete_directories)' -d "the peers' programs"
complete -c clonal -n '__clonal_verb bench' -l python -r -F -d 'a Python that has torch or jax'
complete -c clonal -n '__clonal_verb bench' -l threads -x -d "the peers' threads"
complete -c clonal -n '__clonal_verb bench' -l parts -x -a 'products dropout epoch sizes growth' -d 'what is measured'
complete -c clonal -n '__clonal_verb bench' -l json -d 'print JSON'

complete -c clonal -n '__clonal_verb eval' -l split -x -a 'test train' -d 'part of the data'
complete -c clonal -n '__clonal_verb predict' -l images -r -F -d 'IDX or .npy file of images'
complete -c clonal -n '__clonal_verb eval predict export import' -l map -r -F -d "names of a file's tensors"
complete -c clonal -n '__clonal_verb predict' -l first -x -d 'first image'
complete -c clonal -n '__clonal_verb predict' -l count -x -d 'how many'
complete -c clonal -n '__clonal_verb export' -l format -x -a 'onnx flax safetensors msgpack keras mxnet' -d 'of the file'
complete -c clonal -n '__clonal_verb rng' -l count -x -d lines
complete -c clonal -n '__clonal_verb rng' -l counter -x -d 'four words'
complete -c clonal -n '__clonal_verb plot' -l stats -x -a 'mean variance zeros norm' -d 'of the layers of watched runs'
complete -c clonal -n '__clonal_verb plot' -l gradients -d 'not activations'
complete -c clonal -n '__clonal_verb plot' -l layer -x -d 'layers with this in their name'
complete -c clonal -n '__clonal_verb export import plot mask' -s o -l output -r -F -d 'file to write'
complete -c clonal -n '__clonal_verb plot' -l metric -x -a 'accuracy val-loss train-loss' -d 'of a sweep'
complete -c clonal -n '__clonal_verb plot' -l band -x -a 'interval deviation' -d 'around its means'
complete -c clonal -n '__clonal_verb plot' -l kind -x -a 'curves map' -d 'by epoch, or by two axes'
complete -c clonal -n '__clonal_verb sweep' -l grid -x -d 'values of a setting, as lr=0.1,0.01'
complete -c clonal -n '__clonal_verb sweep' -l seeds -x -d 'how many, or which'
complete -c clonal -n '__clonal_verb mask dropout' -s p -l p -x -d 'probability of dropping'
complete -c clonal -n '__clonal_verb mask' -l rows -x -d rows
complete -c clonal -n '__clonal_verb mask' -l columns -x -d columns
complete -c clonal -n '__clonal_verb mask' -l stream -x -d 'word 2 of the counter'
complete -c clonal -n '__clonal_verb mask' -l step -x -d 'word 3 of the counter'
complete -c clonal -n '__clonal_verb mask' -l row -x -d 'the first row'
complete -c clonal -n '__clonal_verb help' -a 'train eval predict export import sweep plot experiment report devices verify reproduce diff graph tune bench rng mask dropout cache exit-codes' -d topic
complete -c clonal -n '__clonal_verb cache' -a 'show verify clear' -d 'what to do'
complete -c clonal -n '__clonal_verb cache' -l remove -d 'remove what is damaged'
