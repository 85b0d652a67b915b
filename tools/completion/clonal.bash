# bash completion for clonal(1)

_clonal() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} options=
    COMPREPLY=()
    local first=1
    if [ "$verb" = --cache ]; then # before the verb, with its folder
        first=3 verb=${COMP_WORDS[3]}
    fi
    if [ "$COMP_CWORD" -eq $first ]; then
        mapfile -t COMPREPLY < <(compgen -W "train eval predict export import sweep plot experiment report devices verify reproduce diff graph tune bench rng mask dropout cache help --help --version --cache" -- "$cur")
        return
    fi
    case $prev in
    --device | --device-b) mapfile -t COMPREPLY < <(compgen -W "cpu gpu accelerator host" -- "$cur"); return ;;
    --gemm) mapfile -t COMPREPLY < <(compgen -W "auto clblast native" -- "$cur"); return ;;
    --activation) mapfile -t COMPREPLY < <(compgen -W "relu sigmoid tanh gelu silu selu" -- "$cur"); return ;;
    --dropout-kind) mapfile -t COMPREPLY < <(compgen -W "dropout gaussian alpha spatial connect" -- "$cur"); return ;;
    --optimizer) mapfile -t COMPREPLY < <(compgen -W "sgd adam adamw" -- "$cur"); return ;;
    --flavor) mapfile -t COMPREPLY < <(compgen -W "pytorch mxnet flax keras" -- "$cur"); return ;;
    --init) mapfile -t COMPREPLY < <(compgen -W "fan-in-uniform uniform normal lecun-uniform lecun-normal glorot-uniform glorot-normal he-uniform he-normal" -- "$cur"); return ;;
    --schedule) mapfile -t COMPREPLY < <(compgen -W "constant step cosine" -- "$cur"); return ;;
    --dropout-schedule) mapfile -t COMPREPLY < <(compgen -W "constant linear exponential" -- "$cur"); return ;;
    --loss) mapfile -t COMPREPLY < <(compgen -W "cross-entropy mse" -- "$cur"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W "onnx flax safetensors msgpack keras mxnet" -- "$cur"); return ;;
    --metric) mapfile -t COMPREPLY < <(compgen -W "accuracy val-loss train-loss" -- "$cur"); return ;;
    --band) mapfile -t COMPREPLY < <(compgen -W "interval deviation" -- "$cur"); return ;;
    --kind) mapfile -t COMPREPLY < <(compgen -W "curves map" -- "$cur"); return ;;
    --grid) mapfile -t COMPREPLY < <(compgen -S = -W "dropout hidden lr momentum weight-decay batch epochs optimizer activation init flavor schedule" -- "$cur"); compopt -o nospace; return ;;
    --split) mapfile -t COMPREPLY < <(compgen -W "test train" -- "$cur"); return ;;
    --data) mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.npz' -- "$cur"); return ;;
    --out | --peers | --cache) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --output | --per-sample | --reliability | --profile | --images | --python | --graph | --map | -o) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --seed | --seeds | --seed-init | --seed-dropout | --seed-shuffle | --epochs | --batch | --limit | --validate | --early-stop | --checkpoint-steps | --profile-steps | --lr | --momentum | --weight-decay | --beta | --eps | --warmup | --schedule-steps | --schedule-every | --schedule-gamma | --dropout-steps | \
        --hidden | --dropout | --input-noise | --first | --count | --counter | --mc | --rotate | --noise | \
        --p | -p | --rows | --columns | --stream | --step | --row | --inputs | --classes | --train | --test | --threads) return ;;
    esac
    case $verb in
    train)
        options="--device --data --out --resume --seed --seed-init --seed-dropout --seed-shuffle --flavor --init --epochs --batch --limit --validate --early-stop --checkpoint-steps
            --lr --momentum --weight-decay
            --optimizer --beta --eps --schedule --warmup --schedule-steps --schedule-every --schedule-gamma --dropout-schedule --dropout-steps --graph --hidden --dropout
            --dropout-kind --activation --loss --input-noise --gemm --allow-inexact --no-fusion --record --watch --live --tensorboard --explain --profile --profile-steps --quiet" ;;
    eval) options="--data --split --dropout --mc --seed --rotate --noise --reliability --per-sample --map --device --json" ;;
    predict) options="--data --images --mc --seed --map --first --count --device --json" ;;
    export) options="--output --format --map" ;;
    import) options="--output --map" ;;
    sweep)
        options="--grid --seeds --device --out --quiet --data --seed-init --seed-dropout --seed-shuffle --flavor --init --epochs --batch --limit --validate --early-stop --checkpoint-steps
            --lr --momentum --weight-decay
            --optimizer --beta --eps --schedule --warmup --schedule-steps --schedule-every --schedule-gamma --dropout-schedule --dropout-steps --graph --hidden --dropout
            --dropout-kind --activation --loss --input-noise --gemm --allow-inexact --no-fusion --watch" ;;
    plot) options="--output --stats --gradients --layer --metric --band --kind" ;;
    experiment) options="list 1 2 3 4 5 6 7 --out --quick --seeds --limit --data --device --quiet" ;;
    report) options="--output" ;;
    devices) options="--json" ;;
    verify) options="--device --all --small --full --stop --data --json" ;;
    reproduce) options="--device --data --out --quiet" ;;
    diff) options="--device --device-b --data --json" ;;
    graph) options="--hidden --dropout --dropout-kind --activation --loss --input-noise --inputs --classes" ;;
    tune) options="--device --batch --hidden --inputs --classes --train --test --gemm --quick --json" ;;
    bench) options="--device --parts --json --peers --python --threads --data" ;;
    rng) options="--seed --counter --count --device" ;;
    mask) options="--p --rows --columns --seed --stream --step --row --device --output" ;;
    dropout) options="--p --seed --device --json" ;;
    cache) options="show verify clear --json --remove" ;;
    help) options="train eval predict export import sweep plot experiment report devices verify reproduce diff graph tune bench rng mask dropout cache exit-codes" ;;
    esac
    case $verb in
    export | import | plot | report | devices | graph | help) ;;
    *) options="$options --cache" ;;
    esac
    case $cur in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur") ;;
    *)
        case $verb in
        eval | predict | export | import | sweep | plot | report | reproduce | diff) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
        esac ;;
    esac
}
complete -o filenames -F _clonal clonal
