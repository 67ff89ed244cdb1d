//! The page in Spanish.

use shared::{email_address::InvalidEmailAddress as Email, password::InvalidPassword as Password};

use super::{Forms, Messages, Missing, Problems, Texts};

pub(super) const TEXTS: Texts = Texts {
    tag: "es",
    name: "Español",
    description: "Cree una cuenta o inicie sesión.",
    languages: "Idioma",

    email: "Correo electrónico",
    password: "Contraseña",
    new_password: "Nueva contraseña",
    current_password: "Contraseña actual",
    password_hint: "Al menos {n} caracteres. Unas cuantas palabras son una buena opción.",
    show_password: "Mostrar la contraseña",
    code: "Código",

    register: "Cree su cuenta",
    register_intro: "Le enviaremos un código por correo para confirmar su dirección.",
    register_submit: "Crear cuenta",
    agree: "Al crear una cuenta, acepta:",
    terms: "Condiciones del servicio",
    privacy: "Política de privacidad",
    have_account: "¿Ya tiene una cuenta?",

    sign_in: "Iniciar sesión",
    forgot_link: "¿Ha olvidado su contraseña?",
    new_here: "¿Aún no tiene cuenta?",

    enter_code: "Revise su correo",
    code_sent: ["Hemos enviado un código a ", ". Introdúzcalo para activar su cuenta."],
    code_earlier: ["Hace un momento enviamos un código a ", ". Introdúzcalo para activar su cuenta."],
    code_waiting: ["Su cuenta aún no está activa. Envíe un código a ", " para activarla."],
    code_failed: [
        "Su cuenta está guardada, pero no hemos podido enviar el código a ",
        ". Solicite uno nuevo.",
    ],
    code_hint: "Con el último dígito se envía el código.",
    code_submit: "Activar la cuenta",
    send_again: "Enviar un código nuevo",
    other_address: "Usar otra dirección",

    account: "Todo listo",
    signed_in_as: ["Ha iniciado sesión como ", "."],
    continue_: "Continuar",
    sign_out: "Cerrar sesión",

    forgot: "¿Ha olvidado su contraseña?",
    forgot_intro: "Introduzca su dirección y le enviaremos un código para elegir una nueva.",
    forgot_submit: "Enviar el código",
    back_to_sign_in: "Volver al inicio de sesión",

    reset: "Elija una contraseña nueva",
    reset_sent: ["Si existe una cuenta para ", ", hemos enviado un código a esa dirección."],
    reset_waiting: ["Envíe un código a ", " para elegir una contraseña nueva."],
    reset_submit: "Guardar la contraseña",

    change: "Cambiar la contraseña",
    cancel: "Cancelar",

    delete: "Eliminar la cuenta",
    delete_intro: "Se eliminarán su cuenta y todo lo guardado en ella. Esta acción no se puede deshacer.",
    delete_confirm: "Escriba su correo electrónico para confirmar",

    deleted: "Cuenta eliminada",
    deleted_text: "Su cuenta y todo lo guardado en ella se han eliminado.",
    disabled: "Cuenta desactivada",
    disabled_text: [
        "La cuenta de ",
        " no se puede usar en este momento. Póngase en contacto con nosotros si cree que se trata de un error.",
    ],

    not_found: "Página no encontrada",
    not_found_text: "No hay nada en esta dirección.",
    to_start: "Ir a la página de inicio",
    no_script: "Esta página necesita JavaScript. Actívelo y vuelva a cargar la página.",
    not_loaded: "La página no se ha cargado por completo.",
    reload: "Volver a cargar",

    messages: Messages {
        missing: Missing {
            email: "Introduzca su correo electrónico.",
            password: "Introduzca su contraseña.",
            current: "Introduzca su contraseña actual.",
            code: "Introduzca el código del correo.",
            confirm: "Escriba su correo electrónico para confirmar.",
        },
        digits: "Introduzca los {n} dígitos del correo.",
        expires: "Caduca en {time}",
        expired: "Este código ha caducado. Envíe uno nuevo.",
        wait: "Espere {time}",
        mailed: "Hemos enviado un código nuevo a {email}.",
        wrong_code: "Ese no es el código.",
        attempts: Forms { one: "Le queda {n} intento.", other: "Le quedan {n} intentos." },
        no_attempts: "No le quedan intentos. Envíe un código nuevo.",
        wrong_password: "El correo electrónico o la contraseña no son correctos.",
        registered: "Ya existe una cuenta con esta dirección.",
        undeliverable: "No podemos entregar correo en esta dirección. Use otra, por favor.",
        other_address: "Esta no es la dirección de su cuenta.",
        activated: "Su cuenta está activa.",
        changed: "Su contraseña se ha cambiado.",
        since: "Activa desde el {date}",
        no_answer: "No hemos recibido respuesta. Compruebe su conexión e inténtelo de nuevo. Lo que ha escrito sigue aquí.",
        trouble: "Se ha producido un error por nuestra parte. Inténtelo de nuevo.",
        reference: "Referencia: {id}",
        problems: Problems {
            too_many_codes: "Ahora mismo no podemos enviar otro código a esta dirección.",
            too_many_requests: "Hay demasiadas solicitudes desde su red. Inténtelo más tarde.",
            too_many_attempts: "Se han introducido demasiadas contraseñas incorrectas. Inténtelo más tarde.",
            mail_unavailable: "No se ha podido enviar el correo. Inténtelo de nuevo en un momento.",
            unavailable: "El servicio está saturado. Inténtelo de nuevo en un momento.",
            body_too_large: "Es demasiado largo.",
        },
    },
    invalid_email: |why| match why {
        Email::NoAt => "Introduzca una dirección como nombre@example.com.",
        Email::NoLocalPart => "Falta la parte anterior a la @.",
        Email::Dot => {
            "La parte anterior a la @ no puede empezar ni terminar con un punto, ni tener dos seguidos."
        }
        Email::LocalPart => "La parte anterior a la @ no puede tener espacios, comillas ni dos puntos.",
        Email::Ambiguous => "La parte anterior a la @ tiene un carácter que no aceptamos.",
        Email::NonAsciiLocalPart => {
            "La parte anterior a la @ solo puede tener las letras a–z, dígitos y . _ - +"
        }
        Email::LocalPartTooLong => "La parte anterior a la @ es demasiado larga.",
        Email::Domain => "La parte posterior a la @ no es un dominio válido.",
        Email::DomainWithoutDot => "A la parte posterior a la @ le falta una terminación, como .com.",
        Email::TooLong => "Esta dirección es demasiado larga.",
    },
    invalid_password: |why| match why {
        Password::TooShort { .. } => "Use al menos {n} caracteres.",
        Password::TooLong => "Use como máximo {n} caracteres.",
        Password::Nul => "Esta contraseña tiene un carácter que no se puede usar.",
        Password::Address => "No use su correo electrónico como contraseña.",
        Password::ServiceName => "No use el nombre de este servicio como contraseña.",
        Password::Common => "Esta contraseña es demasiado fácil de adivinar.",
        Password::Breached => "Esta contraseña se filtró en otro sitio. Elija otra.",
        Password::Unchanged => "Esta es la contraseña que ya tiene.",
    },
};
